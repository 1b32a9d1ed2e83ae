import { openHead } from '../runner/open-manifest.js'
import { runBy } from '../runner/owner.js'
import { bySize, checkResults } from '../runner/lock/damage.js'
import { openStorage } from '../runner/storage.js'
import { recallRun } from '../runner/recall.js'
import { schedulers } from '../schedulers/table.js'
import {
  statusOfSubmissions,
  type StoredStatus,
  submittedStatus,
  type SubmittedStatus,
} from '../submission/status.js'
import type { StatusOptions } from './options.js'

/** The document of `status --json`: `SubmittedStatus` once any task of the run was submitted. */
export type StatusDocument = StoredStatus | SubmittedStatus

/** Returns the progress of a run, from the store and, with a profile of a scheduler, from its queue. */
export async function status(manifest: string, options: StatusOptions = {}): Promise<StatusDocument> {
  if (options.id !== undefined && options.id.length > 0)
    return statusOfSubmissions({ ...(await openHead(manifest, options)), schedulers }, options.id)
  const run = await recallRun(manifest, options)
  const found = await submittedStatus(run, await runBy(manifest))
  if (!options.files) return found
  const { store } = await openStorage(run.setup)
  const finished = run.plan.stages.flatMap(({ tasks }) =>
    tasks.filter((task) => run.done.has(task.fingerprint)),
  )
  const { damaged } = await checkResults(finished, store, bySize(store))
  return { ...found, damaged: damaged.flatMap(({ mismatches }) => mismatches) }
}
