import { prepare } from '../runner/prepare.js'
import { planDocument, type PlanDocument } from '../submission/plan-document.js'
import type { PlanOptions } from './options.js'

/**
 * Returns what a run of a manifest would do, stage by stage, with reasons and estimates; with a profile that
 * names a scheduler, also its job arrays. Reads inputs and store; writes nothing. Throws `PipelineError`:
 * `E_MANIFEST` with every mistake of the manifest.
 */
export async function plan(manifest: string, options: PlanOptions = {}): Promise<PlanDocument> {
  return planDocument(await prepare(manifest, options), options.tasks === true)
}
