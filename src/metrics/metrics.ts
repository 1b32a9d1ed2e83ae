import { defineMetric, majorityShare, occurring } from './metric.js'
import {
  descending,
  meanAveragePrecision,
  meanOfTopOneAndFive,
  meanPerClass,
  rocAuc,
  withinTop,
} from './statistics.js'

export const top1 = defineMetric({
  name: 'top1',
  label: 'top-1',
  from: 'ranks',
  statistic: (ranks) => withinTop(ranks, 1),
  guessing: (counts) => ({ chance: 1 / counts.by_class.length, majority: majorityShare(counts) }),
})

export const top5 = defineMetric({
  name: 'top5',
  label: 'top-5',
  from: 'ranks',
  statistic: (ranks) => withinTop(ranks, 5),
  guessing: ({ by_class }) => ({ chance: Math.min(1, 5 / by_class.length), majority: null }),
})

/** The metric of Kinetics700. */
export const meanTop1Top5 = defineMetric({
  name: 'mean_top1_top5',
  label: 'mean of top-1 and top-5',
  from: 'ranks',
  statistic: meanOfTopOneAndFive,
  guessing: ({ by_class: { length } }) => ({
    chance: (1 / length + Math.min(1, 5 / length)) / 2,
    majority: null,
  }),
})

export const perClass = defineMetric({
  name: 'mean_per_class',
  label: 'mean per class',
  from: 'ranks',
  statistic: meanPerClass,
  guessing: (counts) => ({ chance: 1 / counts.by_class.length, majority: 1 / occurring(counts) }),
})

export const auc = defineMetric({
  name: 'roc_auc',
  label: 'ROC AUC',
  from: 'margins',
  statistic: rocAuc,
  guessing: () => ({ chance: 0.5, majority: 0.5 }),
})

export const map = defineMetric({
  name: 'map',
  label: 'mAP',
  from: 'labels',
  statistic: (scores, positive) =>
    meanAveragePrecision(
      scores.map((own, label) => ({ order: descending(own), positive: positive[label]! })),
    ),
  guessing: (counts) => ({
    chance: counts.by_class.reduce((sum, count) => sum + count / counts.rows, 0) / occurring(counts),
    majority: null,
  }),
})

/**
 * The table of metrics of sets with classes: the names that a manifest may use, in the order of
 * `scores.json`.
 */
export const classMetrics = [top1, top5, meanTop1Top5, perClass, auc, map] as const

/** The metrics of verdicts if a set names none. */
export const mainMetrics = { classification: top1.name, multilabel: map.name } as const

export const metricNames = classMetrics.map(({ name }) => name)
