import { expertsOf, type Facts } from '../facts.js'

/** What a train task makes, told by its key. */
export type ModelKind = 'seed' | 'dense' | 'expert' | 'random' | 'full'

export interface Model {
  readonly kind: ModelKind
  /** Of experts and baselines. */
  readonly index: number
}

export function modelOf(key: string): Model {
  const [kind, index] = key.split('-')
  return { kind: kind as ModelKind, index: Number(index ?? 0) }
}

export interface Wanted {
  readonly engine: string
  readonly baselines: readonly string[]
  readonly seed_checkpoint?: string | undefined
}

/**
 * Keys of the tasks that make models: `seed` where one has to be trained, `dense`, then experts and baselines
 * as many as `facts.experts`.
 */
export function plannedModels(facts: Facts, { engine, baselines, seed_checkpoint }: Wanted): string[] {
  const numbered = (name: string) =>
    Array.from({ length: expertsOf(facts) }, (_, index) => `${name}-${index}`)
  return [
    ...(engine === 'adapter' || seed_checkpoint !== undefined ? [] : ['seed']),
    'dense',
    ...numbered('expert'),
    ...(baselines.includes('random') ? numbered('random') : []),
    ...(baselines.includes('full') ? numbered('full') : []),
  ]
}
