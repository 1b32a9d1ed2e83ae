import type { ClassCounts } from '../../metrics/metric.js'
import { classMetrics, top1 } from '../../metrics/metrics.js'
import { addOracle, measure, type Measured, type ViewStatistics } from './measure.js'
import { routeTogether } from './route.js'
import type { RoutedTask } from '../../artefacts/routing.js'
import type { ScoredTask } from '../../artefacts/scores.js'
import { viewsWith, type ScoredSet, type Scoring } from './scoring.js'
import type { View } from './views.js'

/** The common part of sets with one label per row and sets with several. */
export async function scoreClasses(
  scoring: Scoring,
  kind: {
    readonly main_metric: string
    readonly rounds: number
    statistics(views: readonly View[]): Promise<ViewStatistics[]>
    /** Scores of models fitted on the set itself. */
    probes(): Promise<Measured>
  },
): Promise<ScoredSet> {
  const { set, options, texts, route } = scoring
  const { name } = set.definition
  const { main_metric, rounds } = kind
  const { views: routed, described } = routeTogether(name, 'classes', texts, route)
  const statistics = await kind.statistics(viewsWith(routed, scoring))
  const measured = addOracle(
    measure(set.positives.length, statistics, {
      task: name,
      rounds,
      seed: options.seed,
      compared: [main_metric],
    }),
  )
  const probed = await kind.probes()
  return {
    task: taskOf(scoring, main_metric),
    scores: [...measured.scores, ...probed.scores],
    differences: [...measured.differences, ...probed.differences],
    routed: route.rules.length === 0 ? [] : ([described] satisfies RoutedTask[]),
  }
}

function taskOf({ set }: Scoring, main_metric: string): ScoredTask {
  const { name, type } = set.definition
  const counts: ClassCounts = { rows: set.positives.length, by_class: new Float64Array(set.texts.length) }
  for (const positives of set.positives) for (const label of positives) counts.by_class[label]!++
  const metric = classMetrics.find((each) => each.name === main_metric) ?? top1
  return {
    name,
    type,
    main_metric,
    rows: counts.rows,
    classes: set.texts.length,
    ...metric.guessing(counts),
  }
}
