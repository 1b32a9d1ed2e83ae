import { systemClock, type Clock } from '../core/clock.js'
import { openPlace, type PlaceSetup } from '../runner/storage.js'
import type { Prepared } from '../runner/prepare.js'
import { PipelineError } from '../core/error.js'
import { openScheduler } from './open-scheduler.js'
import type { Store } from '../io/store/store.js'
import type { Profile } from '../manifest/profile.js'
import type { Plan } from '../planner/types.js'
import type { Scheduler } from '../schedulers/scheduler.js'

/** Everything that a submission needs to know about its run. */
export interface SubmissionContext {
  readonly plan: Plan
  readonly store: Store
  /** Goes to the jobs. */
  readonly setup: PlaceSetup
  readonly profile: Profile
  readonly scheduler: Scheduler
  readonly clock: Clock
}

/** A section of somebody's credentials file means nothing to a job: it has the rights of its place. */
function elsewhere({ s3 }: PlaceSetup): Pick<PlaceSetup, 's3'> {
  if (!s3) return {}
  const { credentials_profile: _, ...rest } = s3
  return { s3: rest }
}

/** A prepared run on the scheduler that its profile names. Throws `E_NO_SCHEDULER`. */
export async function submissionContext(
  { plan, setup, profile }: Prepared,
  clock: Clock = systemClock,
): Promise<SubmissionContext> {
  const { store } = await openPlace(setup)
  const scheduler = await openScheduler(profile, store.uri)
  if (!profile)
    throw new PipelineError({
      code: 'E_NO_SCHEDULER',
      failure: 'usage',
      message: 'no profile names a scheduler',
    })
  // Jobs start in other folders and on other machines: a relative place would be another one there.
  return {
    plan,
    store,
    setup: { ...setup, store: store.uri, ...elsewhere(setup) },
    profile,
    scheduler,
    clock,
  }
}
