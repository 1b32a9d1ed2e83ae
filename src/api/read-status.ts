import { recallRun } from '../runner/recall.js'
import type { RunStatus } from '../runner/status.js'
import { submittedStatus, type SubmittedStatus } from '../submission/status.js'
import type { StatusOptions } from './options.js'

/** `status --json`; the members of `SubmittedStatus` are there where something of the run was submitted. */
export type StatusDocument = RunStatus | SubmittedStatus

/** How far a run has come, by the store and, with a profile that names a scheduler, by its queue. */
export async function status(manifest: string, options: StatusOptions = {}): Promise<StatusDocument> {
  return submittedStatus(await recallRun(manifest, options))
}
