import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'

export const tasks = {
  /** The whole fit in one task. */
  fit: taskKind(),
  /** Centres of an earlier run, copied or with one new expert. */
  extend: taskKind(),
  /** A fit in parts: which rows are in the sample. */
  survey: taskKind(),
  /** Rows of one part to seed on. */
  head: taskKind(),
  start: taskKind(),
  /** Sums of one part in one pass. */
  pass: taskKind(),
  step: taskKind(),
  /** Rows of one part by centre. */
  label: taskKind(),
  /** Experts and quality from all parts. */
  join: taskKind(),
}

export type Tasks = typeof tasks
export type Context<N extends keyof Tasks = keyof Tasks> = TaskContext<Options, Tasks, N>
