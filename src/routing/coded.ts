import type { NearestCentre } from './nearest.js'
import { defineRule, type Weighed } from './rule.js'
import { softmaxOfSums } from './weights.js'

/**
 * The routing rule as the paper's code computes it, which differs from what the paper states:
 *
 * d_l = min_s ‖e_l − e_s‖ (not squared) g = 5 · log10(max(10, |L| − 200)) b = exp(0.5 − √|L|) if |L| < 10,
 * else 0 W_c = Σ_{l: nearest s ∈ S_c} exp(g · (b − d_l)) p(c | T) = softmax_c(W_c / 8)
 *
 * The division by 8 makes it nearly uniform unless class names occur among the captions.
 */
export function codedWeights(nearest: readonly NearestCentre[], experts: number): Weighed {
  const count = nearest.length
  const gain = 5 * Math.log10(Math.max(10, count - 200))
  const bonus = count < 10 ? Math.exp(0.5 - Math.sqrt(count)) : 0
  const affinity = Float64Array.from(nearest, ({ distance }) => Math.exp(gain * (bonus - distance)))
  return { affinity, weights: softmaxOfSums(affinity, nearest, experts, 8) }
}

export const coded = defineRule({
  name: 'coded',
  label: 'as-coded rule',
  doc: 'as its code computes it',
  weighs: 'task',
  centres: 'fine',
  scale: null,
  python: true,
  weigh: ({ fine, experts }) => codedWeights(fine, experts),
})
