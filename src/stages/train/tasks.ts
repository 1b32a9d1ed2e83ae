import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'

/** What decides a model's training besides the options that all models share. */
export interface TrainingParams {
  readonly versions: { readonly [name: string]: string }
  readonly epochs: number
  /** Of `dense`: each pair as often as experts see it, or all pairs as often as all experts together. */
  readonly samples?: 'each' | 'all' | undefined
}

export const tasks = {
  /** What the engine `adapter` needs to know of all pairs. */
  features: taskKind(),
  /** A model of the engine `adapter`. */
  fit: taskKind(),
  /** The pairs of one group of shards, divided at random into parts. */
  mix: taskKind<{ readonly parts: number }>(),
  /** The model that all others start from. */
  seed: taskKind<TrainingParams>(),
  /** Any other model that a trainer makes. */
  train: taskKind<TrainingParams>(),
}

export type Context<N extends keyof typeof tasks = keyof typeof tasks> = TaskContext<Options, typeof tasks, N>
export type TrainingContext = Context<'seed' | 'train'>
