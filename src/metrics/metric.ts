import type { Statistic } from './statistics.js'

/** Row counts of a set with classes. */
export interface ClassCounts {
  readonly rows: number
  /** Rows of each class; a row of a multilabel set counts for each of its labels. */
  readonly by_class: Float64Array
}

/** Score of guessing: uniformly at random, and by always choosing the most frequent class. */
export interface Guessing {
  readonly chance: number
  /** Null if always choosing one class is not a valid answer. */
  readonly majority: number | null
}

interface Common<Name extends string> {
  /** Used in manifests and `scores.json`. */
  readonly name: Name
  /** Shown in the report. */
  readonly label: string
  guessing(counts: ClassCounts): Guessing
}

/**
 * Computed from the rank of the right class of each row; every set with one label per row has all of them.
 */
export interface RankMetric<Name extends string = string> extends Common<Name> {
  readonly from: 'ranks'
  statistic(ranks: Int32Array, labels: Int32Array, classes: number): Statistic
}

/** Computed from the score of the second class over the first, in sets of two classes that request it. */
export interface MarginMetric<Name extends string = string> extends Common<Name> {
  readonly from: 'margins'
  statistic(margins: Float64Array, labels: Int32Array): Statistic
}

/** Computed from all scores of every label, in sets with several labels per row. */
export interface LabelMetric<Name extends string = string> extends Common<Name> {
  readonly from: 'labels'
  /** Scores and positives (0 or 1) of each row, per label. */
  statistic(scores: readonly Float32Array[], positive: readonly Uint8Array[]): Statistic
}

export type Metric<Name extends string = string> = RankMetric<Name> | MarginMetric<Name> | LabelMetric<Name>

/** Keeps the literal type of the name and of `from`. */
export function defineMetric<const M extends Metric>(metric: M): M {
  return metric
}

export const majorityShare = ({ by_class, rows }: ClassCounts): number =>
  by_class.reduce((a, b) => Math.max(a, b), 0) / rows

export const occurring = ({ by_class }: ClassCounts): number =>
  Math.max(1, by_class.filter((count) => count > 0).length)
