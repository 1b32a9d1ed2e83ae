import type { Gemm } from '../../math/gemm/gemm.js'
import type { CentreSets } from '../../routing/distances.js'
import type { Measured, MeasureOptions } from './measure.js'
import { presentOf, routedTexts, type RoutedTexts, type RouteOptions } from './route.js'
import type { RoutedTask } from '../../artefacts/routing.js'
import type { ScoredTask } from '../../artefacts/scores.js'
import type { SetFeatures } from './set-features.js'
import { plainViews, sidesOf, withDense, type Sides, type View } from './views.js'

export interface ScoredSet extends Measured {
  readonly task: ScoredTask
  readonly routed: readonly RoutedTask[]
}

export interface ScoringOptions extends Pick<MeasureOptions, 'rounds' | 'seed'> {
  readonly route: RouteOptions
  readonly linear_probe: boolean
  /** Images of each class that few-shot probes are fitted on. */
  readonly probe_shots: readonly number[]
  readonly best_single: string | undefined
}

/** One evaluation set with what its scores are computed from. */
export interface Scoring {
  readonly set: SetFeatures
  readonly options: ScoringOptions
  readonly gemm: Gemm
  /** Every model's images against its texts. */
  readonly models: ReadonlyMap<string, Sides>
  readonly texts: RoutedTexts
  /** Without rules where the set has no expert's features. */
  readonly route: RouteOptions
}

export async function prepareScoring(
  set: SetFeatures,
  centres: CentreSets,
  options: ScoringOptions,
  gemm: Gemm,
): Promise<Scoring> {
  const present = presentOf(set.models)
  const { route } = options
  return {
    set,
    options,
    gemm,
    texts: routedTexts(set.texts, await set.routing(), await set.neutral(), centres, present),
    route: present.length === 0 ? { ...route, rules: [] } : route,
    models: await sidesOf(set),
  }
}

/** Everything that is scored: models alone, uniform ensembles, the routed ones, and those with dense. */
export function viewsWith(routed: readonly View[], { set, options, models, route }: Scoring): View[] {
  const combined = models.has('dense')
    ? routed.filter((_, index) => route.rules[index]!.with_dense).map(withDense)
    : []
  return [...plainViews(set.models, options.best_single), ...routed, ...combined]
}
