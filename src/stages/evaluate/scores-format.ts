import type { RoutedClass, RoutedRule } from '../../routing/describe.js'
import type { RoutingWarning } from '../../routing/warnings.js'

/**
 * `scores.json` and `routing.json`, what `evaluate` leaves behind. Members are added but never renamed.
 * Shares are in [0, 1]; intervals are 95 % bootstrap intervals over rows (retrieval: over images).
 */
export interface ScoresDocument {
  readonly version: 1
  readonly tasks: readonly ScoredTask[]
  /** One row for each task, metric and model. */
  readonly scores: readonly Score[]
  /** Paired differences: the same bootstrap draws for both models. */
  readonly differences: readonly Difference[]
  readonly verdict: Verdict
  /**
   * The expert that scored best on the training data's validation split (else on the sets' validation rows),
   * and all scores that the choice rests on.
   */
  readonly best_single: {
    readonly model: string
    readonly metric: string
    readonly by_model: { readonly [model: string]: number }
  } | null
  readonly notes: readonly string[]
}

export interface ScoredTask {
  readonly name: string
  readonly type: 'classification' | 'retrieval' | 'multilabel'
  /** The metric that verdicts and one-number summaries use. */
  readonly main_metric: string
  readonly rows: number
  /** Classes, or captions of a retrieval task. */
  readonly classes: number
  /**
   * What a guess reaches on the main metric: uniformly, and by always saying the most frequent class (null
   * where there are no classes).
   */
  readonly chance: number
  readonly majority: number | null
}

/**
 * `model`: `dense`, `expert-0`…, `best-single`, `uniform`, the name of a routing rule, or of one with `+dense`
 * (mean of the routed score and dense), `oracle` (the best expert on this
 * very test), `random-n`, `full-n` (uniform ensembles of the baselines), `probe:…` for linear probes on half
 * of a set, `probe-5:…` on five images of each class.
 */
export interface Score {
  readonly task: string
  /**
   * `top1`, `top5`, `mean_per_class`, `mean_top1_top5`, `roc_auc`, `map`, `text_to_image_r1` (`_r5`, `_r10`),
   * `image_to_text_r1`…, `probe_top1`.
   */
  readonly metric: string
  readonly model: string
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface Difference {
  readonly task: string
  readonly metric: string
  readonly model: string
  /** Always `dense` so far. */
  readonly against: string
  /** model − against. */
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface Verdict {
  /** One or two sentences for people. */
  readonly text: string
  /**
   * By routing rule: tasks (main metric, each retrieval direction) where the interval of the difference to
   * dense lies above, below, or around zero.
   */
  readonly by_rule: {
    readonly [rule: string]: {
      readonly wins: readonly string[]
      readonly losses: readonly string[]
      readonly ties: readonly string[]
    }
  }
}

export interface RoutingDocument {
  readonly version: 1
  readonly experts: number
  readonly tasks: readonly RoutedTask[]
}

export interface RoutedTask {
  readonly task: string
  /**
   * `classes`: all class names together; `corpus`: all captions together (image → text); `queries`: one by
   * one (text → image).
   */
  readonly direction: 'classes' | 'corpus' | 'queries'
  readonly rules: readonly RoutedRule[]
  /** At most 200 classes (or captions), in the order of the task; null for `queries`. */
  readonly classes: readonly RoutedClass[] | null
  /** `affinity_low`, `uniform`, `style_confound`: in words, with what to try. */
  readonly warnings: readonly RoutingWarning[]
  /** τ of the per-class rule: given, or chosen on validation rows. */
  readonly temperature: number
}
