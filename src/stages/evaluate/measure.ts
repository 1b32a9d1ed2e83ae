import { isExpert } from '../../core/model-key.js'
import type { Gemm } from '../../math/gemm/gemm.js'
import { drawAll, intervalOf } from '../../metrics/bootstrap.js'
import { bestRank } from '../../metrics/rank.js'
import type { Statistic } from '../../metrics/statistics.js'
import type { Difference, Score } from '../../artefacts/scores.js'
import { scoreViews, type EmbeddingPair, type View } from './views.js'

export interface Measured {
  readonly scores: Score[]
  readonly differences: Difference[]
}

/** Named statistics of one view over the rows. */
export interface ViewStatistics {
  readonly model: string
  readonly metrics: { readonly [metric: string]: Statistic }
}

export interface MeasureOptions {
  readonly task: string
  readonly rounds: number
  readonly seed: number
  /** Metrics whose differences to dense are computed. */
  readonly compared: readonly string[]
  readonly groups?: Uint32Array | undefined
}

/** Ranks of the right answer, by view: [views][rows]. */
export async function ranksOf(
  models: ReadonlyMap<string, EmbeddingPair>,
  views: readonly View[],
  positives: readonly (readonly number[])[],
  gemm: Gemm,
): Promise<Int32Array[]> {
  const ranks = views.map(() => new Int32Array(positives.length))
  await scoreViews(models, views, gemm, (view, start, rows, scores) => {
    const n = scores.length / rows
    for (let row = 0; row < rows; row++)
      ranks[view]![start + row] = bestRank(scores, row * n, n, positives[start + row]!)
  })
  return ranks
}

/**
 * Computes values, intervals and paired differences to dense; all models and metrics share the same draws.
 */
export function measure(rows: number, views: readonly ViewStatistics[], options: MeasureOptions): Measured {
  const flat = views.flatMap(({ model, metrics }) =>
    Object.entries(metrics).map(([metric, statistic]) => ({ model, metric, statistic })),
  )
  const { values, draws } = drawAll(
    rows,
    flat.map(({ statistic }) => statistic),
    { seed: [options.seed, options.task], rounds: options.rounds, groups: options.groups },
  )
  const { task } = options
  const scores = flat.map(({ model, metric }, i): Score => ({
    task,
    metric,
    model,
    ...intervalOf(values[i]!, draws[i]!),
  }))
  const differences = flat.flatMap(({ model, metric }, i): Difference[] => {
    if (model === 'dense' || !options.compared.includes(metric)) return []
    const dense = flat.findIndex((other) => other.model === 'dense' && other.metric === metric)
    if (dense < 0) return []
    const interval = intervalOf(
      values[i]! - values[dense]!,
      draws[i]!.map((value, round) => value - draws[dense]![round]!),
    )
    return [{ task, metric, model, against: 'dense', ...interval }]
  })
  return { scores, differences }
}

/**
 * The expert with the best result on this very test, per metric: an upper bound that cannot be chosen
 * beforehand.
 */
export function addOracle({ scores, differences }: Measured): Measured {
  const added: Score[] = []
  const gained: Difference[] = []
  for (const metric of new Set(scores.map((score) => score.metric))) {
    const [best] = scores
      .filter((score) => score.metric === metric && isExpert(score.model))
      .toSorted((a, b) => b.value - a.value)
    if (!best) continue
    added.push({ ...best, model: 'oracle' })
    const difference = differences.find((other) => other.metric === metric && other.model === best.model)
    if (difference) gained.push({ ...difference, model: 'oracle' })
  }
  return { scores: [...scores, ...added], differences: [...differences, ...gained] }
}
