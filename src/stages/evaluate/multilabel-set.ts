import { mainMetrics, map } from '../../metrics/metrics.js'
import type { ViewStatistics } from './measure.js'
import { scoreClasses } from './score-classes.js'
import type { ScoredSet, Scoring } from './scoring.js'
import { scoreViews, type View } from './views.js'

/** Fewer rounds, since each draw re-sorts all labels. */
const maxRounds = 100

/** A set with several labels per row. */
export async function classifyMultilabelSet(scoring: Scoring): Promise<ScoredSet> {
  const { set, options } = scoring
  return scoreClasses(scoring, {
    main_metric: set.definition.metric ?? mainMetrics.multilabel,
    rounds: Math.min(options.rounds, maxRounds),
    statistics: (views) => statisticsOf(scoring, views),
    probes: async () => ({ scores: [], differences: [] }),
  })
}

async function statisticsOf(
  { set, models, gemm }: Scoring,
  views: readonly View[],
): Promise<ViewStatistics[]> {
  const rows = set.positives.length
  const labels = set.texts.length
  const scores = views.map(() => set.texts.map(() => new Float32Array(rows)))
  await scoreViews(models, views, gemm, (view, start, count, part) => {
    for (let row = 0; row < count; row++)
      for (let label = 0; label < labels; label++)
        scores[view]![label]![start + row] = part[row * labels + label]!
  })
  const positive = set.texts.map((_, label) =>
    Uint8Array.from(set.positives, (own) => (own.includes(label) ? 1 : 0)),
  )
  return views.map(({ name }, view) => ({
    model: name,
    metrics: { [map.name]: map.statistic(scores[view]!, positive) },
  }))
}
