import { builtinStages } from '../stages/registry.js'
import type { StageRegistry } from '../stages/stage-registry.js'
import type { RunSetup } from './storage.js'

/**
 * The stages of a run, built anew in each process that plans or works for it from nothing but the plain data
 * of its setup.
 */
export async function stagesOf(_?: RunSetup): Promise<StageRegistry> {
  return builtinStages
}
