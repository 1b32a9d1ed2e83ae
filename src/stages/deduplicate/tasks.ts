import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'

export const tasks = {
  /** One split's vectors in the order of their fine clusters. */
  sort: taskKind(),
  /** Compares the rows of fine clusters [from, to) of all splits. */
  compare: taskKind<{ readonly from: number; readonly to: number }>(),
  /** Marks what was found in the split at this index. */
  mark: taskKind<{ readonly index: number }>(),
}

export type Context<N extends keyof typeof tasks = keyof typeof tasks> = TaskContext<Options, typeof tasks, N>
