import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'

export const tasks = {
  /** The whole fit in one task. */
  fit: taskKind(),
  /** Centres of an earlier run, copied or with one new expert. */
  extend: taskKind(),
  /** A fit in parts: determines the rows of the sample. */
  survey: taskKind(),
  /** Collects the rows of one part for seeding. */
  head: taskKind(),
  start: taskKind(),
  /** Sums up one part in one pass. */
  pass: taskKind(),
  step: taskKind(),
  /** Counts the rows of one part per centre. */
  label: taskKind(),
  /** Assembles experts and quality from all parts. */
  join: taskKind(),
}

export type Tasks = typeof tasks
export type Context<N extends keyof Tasks = keyof Tasks> = TaskContext<Options, Tasks, N>
