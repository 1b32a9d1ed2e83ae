import { coarse } from './coarse.js'
import { coded } from './coded.js'
import { landings, squaredToExperts, type CentreSet } from './landing.js'
import { perClass } from './per-class.js'
import { published } from './published.js'
import { mean, normalisedEntropy } from './weights.js'

export type Rule = 'published' | 'coded' | 'coarse' | 'per-class'

export interface Routed {
  /**
   * [classes, experts], each row summing to 1; the same row for all classes unless the rule is `per-class`.
   */
  readonly by_class: Float64Array
  /** One per expert: what it contributes to the task as a whole. */
  readonly weights: Float64Array
  /** Normalised: 0 one expert, 1 uniform; of `per-class` the mean over the classes. */
  readonly entropy: number
  readonly mean_affinity: number
}

/** Weights of the experts in `present` for classes [classes, width], by one rule; the others get none. */
export function route(
  classes: Float32Array,
  centres: { readonly fine: CentreSet; readonly coarse: CentreSet },
  {
    rule,
    lambda,
    temperature,
    present,
  }: {
    readonly rule: Rule
    readonly lambda: number
    readonly temperature: number
    readonly present: readonly number[]
  },
): Routed {
  const experts = centres.fine.expert_count
  const here = new Set(present)
  if (rule === 'per-class') {
    const squared = squaredToExperts(classes, centres.fine).map((value, i) =>
      here.has(i % experts) ? value : Number.POSITIVE_INFINITY,
    )
    const { by_class, weights, affinity } = perClass(squared, experts, temperature)
    const rows = affinity.length
    let entropy = 0
    for (let row = 0; row < rows; row++)
      entropy += normalisedEntropy(by_class.subarray(row * experts, (row + 1) * experts)) / rows
    return { by_class, weights, entropy, mean_affinity: mean(affinity) }
  }
  const near = landings(classes, rule === 'coarse' ? centres.coarse : centres.fine)
  const { weights: all, affinity } =
    rule === 'published'
      ? published(near, experts, lambda)
      : rule === 'coded'
        ? coded(near, experts)
        : coarse(near, experts, lambda)
  const weights = withoutAbsent(all, present)
  const by_class = new Float64Array(near.length * experts)
  for (let row = 0; row < near.length; row++) by_class.set(weights, row * experts)
  return { by_class, weights, entropy: normalisedEntropy(weights), mean_affinity: mean(affinity) }
}

/**
 * What absent experts would weigh goes to the others in proportion; where those weigh nothing, all the same.
 */
export function withoutAbsent(weights: Float64Array, present: readonly number[]): Float64Array {
  const total = present.reduce((sum, expert) => sum + weights[expert]!, 0)
  return weights.map((weight, expert) =>
    !present.includes(expert) ? 0 : total > 0 ? weight / total : 1 / present.length,
  )
}
