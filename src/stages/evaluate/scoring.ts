import type { Gemm } from '../../math/gemm/gemm.js'
import type { CentreSets } from '../../routing/distances.js'
import type { Measured, MeasureOptions } from './measure.js'
import { presentExperts, routedTexts, type RoutedTexts, type RouteOptions } from './route.js'
import type { RoutedTask } from '../../artefacts/routing.js'
import type { ScoredTask } from '../../artefacts/scores.js'
import type { SetFeatures } from './set-features.js'
import { plainViews, embeddingPairs, withDense, type EmbeddingPair, type View } from './views.js'

export interface ScoredSet extends Measured {
  readonly task: ScoredTask
  readonly routed: readonly RoutedTask[]
}

export interface ScoringOptions extends Pick<MeasureOptions, 'rounds' | 'seed'> {
  readonly route: RouteOptions
  readonly linear_probe: boolean
  /** Images per class for few-shot probes. */
  readonly probe_shots: readonly number[]
  readonly best_single: string | undefined
}

/** One evaluation set and everything its scores are computed from. */
export interface Scoring {
  readonly set: SetFeatures
  readonly options: ScoringOptions
  readonly gemm: Gemm
  /** Every model's images against its texts. */
  readonly models: ReadonlyMap<string, EmbeddingPair>
  readonly texts: RoutedTexts
  /** Without rules if the set has no features of experts. */
  readonly route: RouteOptions
}

export async function prepareScoring(
  set: SetFeatures,
  centres: CentreSets,
  options: ScoringOptions,
  gemm: Gemm,
): Promise<Scoring> {
  const present = presentExperts(set.models)
  const { route } = options
  return {
    set,
    options,
    gemm,
    texts: routedTexts(set.texts, await set.routing(), await set.neutral(), centres, present),
    route: present.length === 0 ? { ...route, rules: [] } : route,
    models: await embeddingPairs(set),
  }
}

/** All views to score: single models, uniform ensembles, the routed ones, and those combined with dense. */
export function viewsWith(routed: readonly View[], { set, options, models, route }: Scoring): View[] {
  const combined = models.has('dense')
    ? routed.filter((_, index) => route.rules[index]!.with_dense).map(withDense)
    : []
  return [...plainViews(set.models, options.best_single), ...routed, ...combined]
}
