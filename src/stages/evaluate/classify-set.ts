import { auc, classMetrics, mainMetrics } from '../../metrics/metrics.js'
import { ranksOf, type ViewStatistics } from './measure.js'
import { probeSet } from './probe-set.js'
import { scoreClasses } from './score-classes.js'
import type { ScoredSet, Scoring } from './scoring.js'
import { scoreViews, type View } from './views.js'

const rankMetrics = classMetrics.filter((metric) => metric.from === 'ranks')

/** A set with one label per row. */
export async function classifySet(scoring: Scoring): Promise<ScoredSet> {
  const { set, options } = scoring
  const main_metric = set.definition.metric ?? mainMetrics.classification
  const labels = Int32Array.from(set.positives, ([label]) => label ?? 0)
  return scoreClasses(scoring, {
    main_metric,
    rounds: options.rounds,
    statistics: (views) => statisticsOf(scoring, views, labels, main_metric),
    probes: async () => (options.linear_probe ? probeSet(scoring, labels) : { scores: [], differences: [] }),
  })
}

async function statisticsOf(
  scoring: Scoring,
  views: readonly View[],
  labels: Int32Array,
  main_metric: string,
): Promise<ViewStatistics[]> {
  const { set, models, gemm } = scoring
  const classes = set.texts.length
  const ranks = await ranksOf(models, views, set.positives, gemm)
  const margins = main_metric === auc.name && classes === 2 ? await marginsOf(scoring, views) : undefined
  return views.map(({ name }, view) => ({
    model: name,
    metrics: {
      ...Object.fromEntries(
        rankMetrics.map((metric) => [metric.name, metric.statistic(ranks[view]!, labels, classes)]),
      ),
      ...(margins ? { [auc.name]: auc.statistic(margins[view]!, labels) } : {}),
    },
  }))
}

/** Score of the second class minus the first, which ranks the rows of a two-class set. */
async function marginsOf({ set, models, gemm }: Scoring, views: readonly View[]): Promise<Float64Array[]> {
  const margins = views.map(() => new Float64Array(set.positives.length))
  await scoreViews(models, views, gemm, (view, start, rows, scores) => {
    for (let row = 0; row < rows; row++) margins[view]![start + row] = scores[2 * row + 1]! - scores[2 * row]!
  })
  return margins
}
