import type { NearestCentre } from './nearest.js'
import { defineRule, type Weighed } from './rule.js'
import { softmaxOfSums } from './weights.js'

/**
 * The routing rule as the paper states it (MoDE, arXiv 2404.16030, section 3.3):
 *
 *     A_ls = exp(−‖e_l − e_s‖² / λ)          for the nearest fine centre s of class l only
 *     p(c | T) ∝ exp( Σ_l Σ_{s ∈ S_c} A_ls )
 *
 * with λ = 0.2. Fewer than 10 classes: A is multiplied by exp(0.5 − √|L|). More than 200: λ is divided by log
 * |L|.
 */
export function publishedWeights(
  nearest: readonly NearestCentre[],
  experts: number,
  lambda: number,
): Weighed {
  const count = nearest.length
  const scale = count > 200 ? lambda / Math.log(count) : lambda
  const damping = count < 10 ? Math.exp(0.5 - Math.sqrt(count)) : 1
  const affinity = Float64Array.from(
    nearest,
    ({ distance }) => damping * Math.exp(-(distance * distance) / scale),
  )
  return { affinity, weights: softmaxOfSums(affinity, nearest, experts) }
}

export const published = defineRule({
  name: 'published',
  label: 'published rule',
  doc: 'as the paper states it',
  weighs: 'task',
  centres: 'fine',
  scale: 'lambda',
  min_affinity: 0.1,
  python: true,
  weigh: ({ fine, experts }, { lambda }) => publishedWeights(fine, experts, lambda),
})
