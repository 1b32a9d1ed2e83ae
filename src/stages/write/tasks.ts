import { type TaskContext, taskKind } from '../define.js'
import type { WriteOptions } from './options.js'

export const tasks = {
  /** Shards of one group of splits; `groups` share a generation. */
  group: taskKind<{ readonly group: number; readonly groups: number }>(),
  /** Totals of all groups. */
  catalogue: taskKind(),
}

export type Context<N extends keyof typeof tasks = keyof typeof tasks> = TaskContext<
  WriteOptions,
  typeof tasks,
  N
>
