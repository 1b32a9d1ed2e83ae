import type { Advice } from '../artefacts/drift.js'
import type { Validation } from '../artefacts/metrics.js'
import type { Balance } from '../artefacts/figures.js'
import type { MapPoint, TopWord } from '../artefacts/quality.js'
import type { RoutedTask } from '../artefacts/routing.js'
import type { Difference, Score, ScoredTask, Verdict } from '../artefacts/scores.js'

/**
 * The data of the page, and of `report.json`. Members are added but never renamed; a part that a run does not
 * have is null.
 */
export interface ReportModel {
  readonly version: 1
  readonly title: string
  readonly pipeline: PipelinePart
  readonly clusters: ClustersPart | null
  /** How well later rows fit the clusters. */
  readonly drift: DriftPart | null
  readonly experts: readonly ExpertCard[]
  /** Pairs kept out of training. */
  readonly holdout: { readonly rows: number; readonly shards: number; readonly bytes: number } | null
  readonly training: readonly TrainedPart[]
  readonly evaluation: EvaluationPart | null
  /** One row for each task, metric and model; shares in [0, 1] with 95 % intervals. */
  readonly scores: readonly Score[]
  readonly routing: readonly RoutedTaskPart[]
}

export interface PipelinePart {
  readonly inputs: { readonly shards: number; readonly bytes: number }
  readonly stages: readonly StagePart[]
  /** The caption encoder, for people. */
  readonly encoder: string | null
  /** The encoder's description of itself. */
  readonly encoder_about: string | null
}

/** Rows of one stage: `rows_in + expanded = rows_out + Σ dropped`. */
export interface StagePart {
  readonly stage: string
  /** The kind of its artefacts that the report reads. */
  readonly makes: string
  readonly tasks: number
  readonly rows_in: number
  readonly expanded: number
  readonly rows_out: number
  readonly dropped: { readonly [reason: string]: number }
  /** SHA-256 over the fingerprints of its tasks. */
  readonly fingerprint: string
}

export interface ClustersPart {
  readonly fine: number
  readonly experts: number
  readonly sampled: number
  readonly inertia: number
  readonly bound: number | null
  readonly fine_balance: BalancePart
  readonly expert_balance: BalancePart
  readonly silhouette: { readonly experts: number; readonly fine: number } | null
  /** Adjusted Rand index between two seeds. */
  readonly stability: { readonly experts: number; readonly fine: number } | null
  readonly map: {
    readonly experts: readonly MapPoint[]
    readonly fine: readonly (MapPoint & { readonly expert: number; readonly label: string })[]
  } | null
}

export interface DriftPart extends Advice {
  readonly rows: number
  /** Share of them farther out than 99 % of the rows that the centres were fitted to. */
  readonly beyond: number
  /** Half the summed difference of the experts' shares, 0 to 1. */
  readonly shift: number
  /** Medians of distances; null: no rows. An expert that was added since has no earlier median. */
  readonly median: { readonly now: number | null; readonly before: number }
  readonly by_expert: readonly {
    readonly rows: number
    readonly share: number
    readonly share_before: number
    readonly beyond: number
    readonly median: { readonly now: number | null; readonly before: number | null }
  }[]
}

export type BalancePart = Pick<Balance, 'min' | 'median' | 'max' | 'max_over_mean' | 'gini' | 'empty'>

export interface ExpertCard {
  readonly expert: number
  readonly own: number
  readonly ooc: number
  readonly shards: number
  readonly bytes: number
  readonly words: readonly Pick<TopWord, 'word' | 'lift'>[]
  readonly central: readonly string[]
  readonly marginal: readonly string[]
  /** PNG files as `data:` URIs, with their captions. */
  readonly pictures: readonly { readonly src: string; readonly caption: string }[]
}

export interface TrainedPart {
  readonly model: string
  readonly rows: number
  /** How far an expert was shrunk towards the dense solution: 0 not at all; null if it does not apply. */
  readonly shrinkage: number | null
  /** On the training data's validation split. */
  readonly validation: Validation | null
  /** SHA-256 of `image.onnx`. */
  readonly digest: string | null
}

export interface EvaluationPart {
  readonly tasks: readonly ScoredTask[]
  readonly verdict: string
  readonly by_rule: Verdict['by_rule']
  readonly best_single: string | null
  /** Paired differences to dense. */
  readonly differences: readonly Difference[]
  readonly notes: readonly string[]
}

export type RoutedTaskPart = Omit<RoutedTask, 'temperature'>
export type ReportScore = Score
