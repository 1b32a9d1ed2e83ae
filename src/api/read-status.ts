import { recallRun } from '../runner/recall.js'
import type { RunStatus } from '../runner/status.js'
import { submittedStatus, type SubmittedStatus } from '../submission/status.js'
import type { StatusOptions } from './options.js'

/** The document of `status --json`: `SubmittedStatus` once any task of the run was submitted. */
export type StatusDocument = RunStatus | SubmittedStatus

/** Returns the progress of a run, from the store and, with a profile of a scheduler, from its queue. */
export async function status(manifest: string, options: StatusOptions = {}): Promise<StatusDocument> {
  return submittedStatus(await recallRun(manifest, options))
}
