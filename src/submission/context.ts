import { systemClock, type Clock } from '../core/clock.js'
import { settingsOfJobs } from '../io/store/settings.js'
import { runBy } from '../runner/owner.js'
import type { RunBy } from '../runner/owner.js'
import { openStorage, type RunSetup } from '../runner/storage.js'
import type { Prepared } from '../runner/prepare.js'
import { PipelineError } from '../core/error.js'
import { openScheduler } from './open-scheduler.js'
import type { Submission } from './submission.js'
import type { Store } from '../io/store/store.js'
import type { Profile } from '../manifest/profile.js'
import type { Plan } from '../planner/types.js'
import type { Scheduler } from '../schedulers/scheduler.js'

/** What a submission needs to know about its run. */
export interface SubmissionContext {
  /** Path of the manifest. */
  readonly path: string
  readonly by: RunBy
  readonly plan: Plan
  /** Submissions to consider as well, whoever made them. */
  readonly also?: readonly Submission[] | undefined
  /** The last stage, if `--until` leaves out others. */
  readonly until?: string | undefined
  readonly store: Store
  /** Passed to the jobs. */
  readonly setup: RunSetup
  readonly profile: Profile
  readonly scheduler: Scheduler
  readonly clock: Clock
}

/** Opens the scheduler that the profile of a prepared run names. Throws `E_NO_SCHEDULER`. */
export async function submissionContext(
  { path, plan, until, setup, profile, schedulers }: Prepared,
  clock: Clock = systemClock,
): Promise<SubmissionContext> {
  const { store } = await openStorage(setup)
  const scheduler = await openScheduler(profile, store.uri, schedulers)
  if (!profile)
    throw new PipelineError({
      code: 'E_NO_SCHEDULER',
      failure: 'usage',
      message: 'no profile names a scheduler',
    })
  const settings = settingsOfJobs(setup.settings)
  // Jobs start in other folders and on other machines, where a relative path would mean something else.
  return {
    path,
    by: await runBy(path),
    plan,
    until,
    store,
    setup: { ...setup, store: store.uri, ...(settings ? { settings } : {}) },
    profile,
    scheduler,
    clock,
  }
}
