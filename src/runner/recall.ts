import type { Profile } from '../manifest/profile.js'
import type { Store } from '../io/store/store.js'
import type { Lock } from '../planner/lock.js'
import type { RunTasks } from '../planner/types.js'
import { schedulers, type SchedulerTable } from '../schedulers/table.js'
import { finishedTasks } from './finished-tasks.js'
import { readLastTasks } from './last-tasks.js'
import { findLock } from './lock/location.js'
import { lockedStages } from './lock/lock-file.js'
import { lockDespite } from './lock/without-inputs.js'
import { openHead } from './open-manifest.js'
import { runBy } from './owner.js'
import { prepare, type PrepareOptions } from './prepare.js'
import { openStorage, type RunSetup } from './storage.js'

/** What is known about a run without loading its stages. */
export interface Recalled {
  readonly plan: RunTasks
  readonly setup: RunSetup
  readonly profile: Profile | undefined
  readonly done: ReadonlySet<string>
  readonly schedulers: SchedulerTable
}

/**
 * The tasks of a run, for commands that need no stage. Without plugins they come from the current plan of
 * the manifest, or from the lock if the inputs cannot be read. With plugins, which must not be loaded only
 * to look at a run, they come from the list that the last run stored, or else from the lock (`E_NO_LOCK` if
 * there is none).
 */
export async function recallRun(path: string, options: PrepareOptions): Promise<Recalled> {
  const { name, has_plugins, setup, profile } = await openHead(path, options)
  const { store } = await openStorage(setup)
  if (!has_plugins) {
    try {
      return await prepare(path, options)
    } catch (error) {
      // What was finished is there even if the inputs are not.
      const found = await lockDespite(error, path, options)
      const plan = await lockedTasks(found.lock, name, store)
      return { plan, setup, profile, done: await finishedTasks(store, plan), schedulers }
    }
  }
  const plan =
    (await readLastTasks(store, await runBy(path), name)) ??
    (await lockedTasks((await findLock(path, options)).lock, name, store))
  return { plan, setup, profile, done: await finishedTasks(store, plan), schedulers }
}

async function lockedTasks(lock: Lock, manifest: string, store: Store): Promise<RunTasks> {
  const stages = await lockedStages(lock, store)
  return {
    manifest,
    stages: stages.map(({ node, stage, tasks }) => ({
      node,
      stage,
      tasks: tasks.map(({ key, fingerprint }) => ({ node, stage, key, fingerprint })),
    })),
  }
}
