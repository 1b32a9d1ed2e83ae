import { type TaskContext, taskKind } from '../define.js'
import type { WriteOptions } from './options.js'

export const tasks = {
  /** Writes the shards of one group of splits; `groups` is the number of groups of its generation. */
  group: taskKind<{ readonly group: number; readonly groups: number }>(),
  /** Writes the totals of all groups. */
  catalogue: taskKind(),
}

export type Context<N extends keyof typeof tasks = keyof typeof tasks> = TaskContext<
  WriteOptions,
  typeof tasks,
  N
>
