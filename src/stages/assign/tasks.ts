import { type TaskContext, taskKind } from '../define.js'
import type { Options } from './options.js'
import type { ResolvedSearch } from './search.js'

/** One kind of task; `search` is set where the options leave the choice to the plan. */
export const tasks = { task: taskKind<{ readonly search: ResolvedSearch } | undefined>() }

export type Context = TaskContext<Options, typeof tasks>
