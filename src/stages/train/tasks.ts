import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'

/** Parameters of a model's training that not all models share. */
export interface TrainingParams {
  readonly versions: { readonly [name: string]: string }
  readonly epochs: number
  /** For `dense`: each pair as often as experts see it, or as many samples as all experts together. */
  readonly samples?: 'each' | 'all' | undefined
}

export const tasks = {
  /** Computes what the engine `adapter` needs of all pairs. */
  features: taskKind(),
  /** Fits a model of the engine `adapter`. */
  fit: taskKind(),
  /** Divides the pairs of one group of shards at random into parts. */
  mix: taskKind<{ readonly parts: number }>(),
  /** Trains the model that all others start from. */
  seed: taskKind<TrainingParams>(),
  /** Trains any other model. */
  train: taskKind<TrainingParams>(),
}

export type Context<N extends keyof typeof tasks = keyof typeof tasks> = TaskContext<Options, typeof tasks, N>
export type TrainingContext = Context<'seed' | 'train'>
