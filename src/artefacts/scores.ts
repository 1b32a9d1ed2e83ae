import { list, map, nullable, number, object, oneOf, text, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import { putPretty, type DocumentSink } from './document.js'

/**
 * `scores.json`. Members are added but never renamed. Shares are in [0, 1]; intervals are 95 % bootstrap
 * intervals over rows (retrieval: over images).
 */
export interface Scores {
  readonly version: 1
  readonly tasks: readonly ScoredTask[]
  /** One row for each task, metric and model. */
  readonly scores: readonly Score[]
  /** Paired differences: the same bootstrap draws for both models. */
  readonly differences: readonly Difference[]
  readonly verdict: Verdict
  /**
   * The expert that scored best on the training data's validation split (else on the sets' validation rows),
   * and all scores that the choice is based on.
   */
  readonly best_single: BestSingle | null
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
   * Score of guessing on the main metric: uniformly, and by always choosing the most frequent class (null if
   * there are no classes).
   */
  readonly chance: number
  readonly majority: number | null
}

/**
 * `model`: `dense`, `expert-0`…, `best-single`, `uniform`, the name of a routing rule, or of one with
 * `+dense` (mean of the routed score and dense), `oracle` (the best expert on this very test), `random-n`,
 * `full-n` (uniform ensembles of the baselines), `probe:…` for linear probes on half of a set, `probe-5:…` on
 * five images per class.
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

export interface Difference extends Score {
  /** Always `dense` so far. `value` is model − against. */
  readonly against: string
}

export interface Verdict {
  /** One or two sentences for people. */
  readonly text: string
  /**
   * By routing rule: tasks (main metric, each retrieval direction) where the interval of the difference to
   * dense is above, below, or around zero.
   */
  readonly by_rule: { readonly [rule: string]: Outcomes }
}

/** Names of tasks. */
export interface Outcomes {
  readonly wins: readonly string[]
  readonly losses: readonly string[]
  readonly ties: readonly string[]
}

export interface BestSingle {
  readonly model: string
  readonly metric: string
  readonly by_model: { readonly [model: string]: number }
}

const scoreMembers = { task: text, metric: text, model: text, value: number, low: number, high: number }

export const score: Shape<Score> = object(scoreMembers)

export const scores: Shape<Scores> = object({
  version: oneOf(1),
  tasks: list(
    object<ScoredTask>({
      name: text,
      type: oneOf('classification', 'retrieval', 'multilabel'),
      main_metric: text,
      rows: number,
      classes: number,
      chance: number,
      majority: nullable(number),
    }),
  ),
  scores: list(score),
  differences: list(object<Difference>({ ...scoreMembers, against: text })),
  verdict: object<Verdict>({
    text,
    by_rule: map(object<Outcomes>({ wins: list(text), losses: list(text), ties: list(text) })),
  }),
  best_single: nullable(object<BestSingle>({ model: text, metric: text, by_model: map(number) })),
  notes: list(text),
})

export const scoresName = 'scores.json'

export function writeScores(out: DocumentSink, document: Scores): Promise<void> {
  return putPretty(out, scoresName, document, document.scores.length)
}

export async function readScores(files: Files): Promise<Scores> {
  return readJsonOf(files, scoresName, scores)
}
