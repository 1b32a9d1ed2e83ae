import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'

export const tasks = {
  /** Computes features of an evaluation set with some of the models. */
  features: taskKind<{ readonly set: string; readonly models: readonly string[] }>(),
  /** Computes all scores from the features; every option is its parameter. */
  scores: taskKind<Options>(),
}

export type Context<N extends keyof typeof tasks = keyof typeof tasks> = TaskContext<Options, typeof tasks, N>
