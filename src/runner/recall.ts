import type { Profile } from '../manifest/profile.js'
import type { RunTasks } from '../planner/types.js'
import { finishedTasks } from './finished.js'
import { readLastTasks } from './last-tasks.js'
import { openHead } from './open-manifest.js'
import { prepare, type PrepareOptions } from './prepare.js'
import { openStorage, type RunSetup } from './storage.js'

/** A run as far as it can be told without its stages. */
export interface Recalled {
  readonly plan: RunTasks
  readonly setup: RunSetup
  readonly profile: Profile | undefined
  readonly done: ReadonlySet<string>
}

/**
 * The tasks of a run, for what needs no stage. Where all stages are of this package they come from the plan
 * of the manifest as it is now; where not, from the list that the last run left in the store, so that
 * nobody's code is loaded.
 */
export async function recallRun(path: string, options: PrepareOptions): Promise<Recalled> {
  const { name, setup, profile } = await openHead(path, options)
  const { store } = await openStorage(setup)
  const plan = await readLastTasks(store, name)
  return plan ? { plan, setup, profile, done: await finishedTasks(store, plan) } : prepare(path, options)
}
