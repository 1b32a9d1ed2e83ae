import { maxOf } from '../../core/extremes.js'
import type { Gemm } from '../../math/gemm/gemm.js'
import type { CentreSets } from '../../routing/distances.js'
import { perClass } from '../../routing/per-class.js'
import { defaultScale, type Scale } from '../../routing/rule.js'
import { ranksOf } from './measure.js'
import { presentOf, routedTexts, routeOneByOne, routeTogether } from './route.js'
import { ownersOf } from './retrieve-set.js'
import type { SetFeatures } from './set-features.js'
import { sidesOf, turned, type View } from './views.js'

/** Tried for the per-class rule; the earlier one at a tie. */
const temperatures = [defaultScale.temperature, 0.05, 0.2, 0.02, 0.5]

export interface Choices {
  readonly temperature: number
  /** Mean reciprocal rank of every model that stands alone. */
  readonly by_model: { readonly [model: string]: number }
}

/**
 * Looks at validation rows only: which temperature the per-class rule does best with, and how good each model
 * is.
 */
export async function choose(
  set: SetFeatures,
  centres: CentreSets,
  given: { readonly [Name in keyof Scale]: Name extends 'temperature' ? number | null : number },
  gemm: Gemm,
): Promise<Choices> {
  const present = presentOf(set.models)
  const texts = routedTexts(set.texts, await set.routing(), await set.neutral(), centres, present)
  const alone = set.models.map((model): View => ({ name: model, members: [{ model, weight: 1 }] }))
  const tried = given.temperature === null && present.length > 0 ? temperatures : []
  const options = tried.map((temperature) => ({ lambda: given.lambda, temperature, rules: [perClass] }))
  const together = options.map((each) => routeTogether('', 'classes', texts, each).views[0]!)
  const models = await sidesOf(set)
  const found = await meanReciprocalRanks(models, [...alone, ...together], set.positives, gemm)
  if (set.definition.type === 'retrieval') {
    const other = await meanReciprocalRanks(
      await turned(models),
      [...alone, ...options.map((each) => routeOneByOne('', texts, each).views[0]!)],
      ownersOf(set),
      gemm,
    )
    other.forEach((value, view) => (found[view] = (found[view]! + value) / 2))
  }
  const byTemperature = found.slice(alone.length)
  const best = byTemperature.indexOf(maxOf(byTemperature, -Infinity))
  return {
    temperature: given.temperature ?? tried[best] ?? temperatures[0]!,
    by_model: Object.fromEntries(alone.map(({ name }, view) => [name, found[view]!])),
  }
}

async function meanReciprocalRanks(
  models: Parameters<typeof ranksOf>[0],
  views: readonly View[],
  positives: readonly (readonly number[])[],
  gemm: Gemm,
): Promise<number[]> {
  const ranks = await ranksOf(models, views, positives, gemm)
  return ranks.map((own) => own.reduce((sum, rank) => sum + 1 / (1 + rank), 0) / Math.max(1, own.length))
}
