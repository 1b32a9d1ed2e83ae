import type { Clock } from '../core/clock.js'
import type { Store } from '../io/store/store.js'
import type { RunBy } from '../runner/owner.js'
import type { Scheduler } from '../schedulers/scheduler.js'
import { isOver, ofThisHost } from './chosen.js'
import { cancelledKey } from './layout.js'
import { ledgerOf } from './ledger.js'
import { doneOf, type ListedSubmission, listedSubmission, otherSubmissions, refuseOthers } from './others.js'
import type { Submission } from './submission.js'
import { ownSubmissions, submissionsNamed } from './submissions.js'

export interface CancelRequest {
  readonly store: Store
  readonly scheduler: Scheduler
  readonly clock: Clock
  readonly by: RunBy
  /** `name` of the manifest. */
  readonly name: string
  /** Only these submissions, whoever made them. */
  readonly ids?: readonly string[] | undefined
}

/** `cancel --json`. */
export interface Cancelled {
  readonly jobs: number
  /** Whose jobs were cancelled. */
  readonly submissions: readonly ListedSubmission[]
  /** Submissions with jobs that were left alone. */
  readonly others: readonly ListedSubmission[]
}

/**
 * Cancels every job of a run that may still be active, and prevents arrays that are being submitted from
 * starting. Jobs that an earlier version submitted, which did not note for which manifest, have to be named.
 * Throws `E_UNKNOWN_SUBMISSION` or `E_OTHER_SUBMISSIONS`.
 */
export async function cancelRun(request: CancelRequest): Promise<Cancelled> {
  const { store, scheduler, clock, by } = request
  const chosen = await chosenArrays(request)
  const submissions = [...new Set(chosen.arrays.map(({ submission }) => submission))]
  const others = await otherSubmissions(store, new Set(submissions.map(({ id }) => id)), clock)
  if (submissions.length === 0) refuseOthers(others, by.manifest)
  const open = chosen.arrays.filter((array) => !isOver(array, chosen.done))
  const jobs = open.flatMap(({ job, name, size, submission }) =>
    // The id of a job means nothing to another scheduler.
    job === undefined || submission.scheduler !== scheduler.kind ? [] : [{ id: job, name, size }],
  )
  await scheduler.cancel(jobs)
  for (const { submission, name } of open)
    await store.create(cancelledKey(submission.folder, name), new Uint8Array(0))
  const touched = new Set(open.map(({ submission }) => submission))
  return { jobs: jobs.length, submissions: [...touched].map(listedSubmission), others }
}

async function chosenArrays({ store, by, name, ids }: CancelRequest) {
  if (ids !== undefined && ids.length > 0) {
    const ledger = await ledgerOf(store, await submissionsNamed(store, ids))
    return { arrays: ledger.arrays, done: await doneOf(store, ledger.arrays) }
  }
  const own = (await ownSubmissions(store, by, name)).filter(hasPath)
  const ledger = await ledgerOf(store, own)
  const done = await doneOf(store, ledger.arrays)
  return { arrays: ofThisHost(ledger, by, done).arrays, done }
}

function hasPath({ manifest }: Submission): boolean {
  return manifest !== null
}
