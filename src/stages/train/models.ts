import { modelKey, type ModelKey, type NumberedKind } from '../../core/model-key.js'
import { expertsOf, type Facts } from '../facts.js'

export interface Wanted {
  readonly engine: string
  readonly baselines: readonly string[]
  readonly seed_checkpoint?: string | undefined
}

/**
 * Keys of the tasks that make models: `seed` if one has to be trained, `dense`, then experts and baselines,
 * `facts.experts` of each.
 */
export function plannedModels(facts: Facts, { engine, baselines, seed_checkpoint }: Wanted): ModelKey[] {
  const numbered = (kind: NumberedKind) =>
    Array.from({ length: expertsOf(facts) }, (_, index) => modelKey(kind, index))
  return [
    ...(engine === 'adapter' || seed_checkpoint !== undefined ? [] : (['seed'] as const)),
    'dense',
    ...numbered('expert'),
    ...(baselines.includes('random') ? numbered('random') : []),
    ...(baselines.includes('full') ? numbered('full') : []),
  ]
}
