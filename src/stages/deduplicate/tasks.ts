import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'

export const tasks = {
  /** Sorts one split's vectors by fine cluster. */
  sort: taskKind(),
  /** Compares the rows of fine clusters [from, to) of all splits. */
  compare: taskKind<{ readonly from: number; readonly to: number }>(),
  /** Marks the duplicates found in the split at this index. */
  mark: taskKind<{ readonly index: number }>(),
}

export type Context<N extends keyof typeof tasks = keyof typeof tasks> = TaskContext<Options, typeof tasks, N>
