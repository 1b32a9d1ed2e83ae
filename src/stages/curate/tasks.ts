import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'

/** `count` counts rows per split, one task builds the `tree` of clusters, and `draw` draws rows per split. */
export const tasks = { count: taskKind(), tree: taskKind(), draw: taskKind() }

export type Context<N extends keyof typeof tasks = keyof typeof tasks> = TaskContext<Options, typeof tasks, N>
