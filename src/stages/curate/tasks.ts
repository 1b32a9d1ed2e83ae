import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'

/** Rows are counted by split, one task makes the tree of clusters, and rows are drawn by split. */
export const tasks = { count: taskKind(), tree: taskKind(), draw: taskKind() }

export type Context<N extends keyof typeof tasks = keyof typeof tasks> = TaskContext<Options, typeof tasks, N>
