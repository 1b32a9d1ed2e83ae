import { openHead } from '../runner/open-manifest.js'
import { PipelineError } from '../core/error.js'
import { type RunBy, runBy } from '../runner/owner.js'
import { bySize, checkResults } from '../runner/lock/damage.js'
import { openStorage } from '../runner/storage.js'
import { type Recalled, recallRun } from '../runner/recall.js'
import { schedulers } from '../schedulers/table.js'
import {
  statusOfSubmissions,
  type StoredStatus,
  statusWithoutPlan,
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
  const by = await runBy(manifest)
  let run: Recalled
  try {
    run = await recallRun(manifest, options)
  } catch (error) {
    return withoutPlan(error, manifest, options, by)
  }
  const found = await submittedStatus(run, by)
  if (!options.files) return found
  const { store } = await openStorage(run.setup)
  const finished = run.plan.stages.flatMap(({ tasks }) =>
    tasks.filter((task) => run.done.has(task.fingerprint)),
  )
  const { damaged } = await checkResults(finished, store, bySize(store))
  return { ...found, damaged: damaged.flatMap(({ mismatches }) => mismatches) }
}

/** Jobs go on when their crawl is moved away: what was submitted is known from the store. */
async function withoutPlan(
  error: unknown,
  manifest: string,
  options: StatusOptions,
  by: RunBy,
): Promise<StatusDocument> {
  const { code, failure } = PipelineError.from(error)
  if (failure === 'usage' || code === 'E_MANIFEST') throw error
  const head = await openHead(manifest, options)
  const found = await statusWithoutPlan({ ...head, schedulers }, by, head.name)
  if (!found) throw error
  return found
}
