import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'
import type { ResolvedSearch } from './search.js'

/** One kind; `search` where the options leave it to the plan. */
export const tasks = { task: taskKind<{ readonly search: ResolvedSearch } | undefined>() }

export type Context = TaskContext<Options, typeof tasks>
