import { maxOf } from '../../core/extremes.js'
import type { Gemm } from '../../math/gemm/gemm.js'
import type { CentreSets } from '../../routing/distances.js'
import { perClass } from '../../routing/per-class.js'
import { defaultScale, type Scale } from '../../routing/rule.js'
import { ranksOf } from './measure.js'
import { presentExperts, routedTexts, routeOneByOne, routeTogether } from './route.js'
import { ownersOf } from './retrieve-set.js'
import type { SetFeatures } from './set-features.js'
import { embeddingPairs, transpose, type View } from './views.js'

/** Temperatures to try for the per-class rule; the earlier one wins a tie. */
const temperatures = [defaultScale.temperature, 0.05, 0.2, 0.02, 0.5]

export interface Choices {
  readonly temperature: number
  /** Mean reciprocal rank of every single model. */
  readonly by_model: { readonly [model: string]: number }
}

/** Uses validation rows only, to choose the temperature of the per-class rule and to measure each model. */
export async function choose(
  set: SetFeatures,
  centres: CentreSets,
  given: { readonly [Name in keyof Scale]: Name extends 'temperature' ? number | null : number },
  gemm: Gemm,
): Promise<Choices> {
  const present = presentExperts(set.models)
  const texts = routedTexts(set.texts, await set.routing(), await set.neutral(), centres, present)
  const single = set.models.map((model): View => ({ name: model, members: [{ model, weight: 1 }] }))
  const tried = given.temperature === null && present.length > 0 ? temperatures : []
  const options = tried.map((temperature) => ({ lambda: given.lambda, temperature, rules: [perClass] }))
  const together = options.map((each) => routeTogether('', 'classes', texts, each).views[0]!)
  const models = await embeddingPairs(set)
  const found = await meanReciprocalRanks(models, [...single, ...together], set.positives, gemm)
  if (set.definition.type === 'retrieval') {
    const other = await meanReciprocalRanks(
      await transpose(models),
      [...single, ...options.map((each) => routeOneByOne('', texts, each).views[0]!)],
      ownersOf(set),
      gemm,
    )
    other.forEach((value, view) => (found[view] = (found[view]! + value) / 2))
  }
  const byTemperature = found.slice(single.length)
  const best = byTemperature.indexOf(maxOf(byTemperature, -Infinity))
  return {
    temperature: given.temperature ?? tried[best] ?? temperatures[0]!,
    by_model: Object.fromEntries(single.map(({ name }, view) => [name, found[view]!])),
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
