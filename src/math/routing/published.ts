import type { Landing } from './landing.js'
import { softmaxOfSums, type Routing } from './weights.js'

/**
 * The routing rule as the paper states it (MoDE, arXiv 2404.16030, section 3.3):
 *
 *     A_ls = exp(−‖e_l − e_s‖² / λ)          for the nearest fine centre s of class l only
 *     p(c | T) ∝ exp( Σ_l Σ_{s ∈ S_c} A_ls )
 *
 * with λ = 0.2. Fewer than 10 classes: A is multiplied by exp(0.5 − √|L|). More than 200: λ is divided by log
 * |L|.
 */
export function published(landings: readonly Landing[], experts: number, lambda = 0.2): Routing {
  const count = landings.length
  const scale = count > 200 ? lambda / Math.log(count) : lambda
  const damping = count < 10 ? Math.exp(0.5 - Math.sqrt(count)) : 1
  const affinity = Float64Array.from(
    landings,
    ({ distance }) => damping * Math.exp(-(distance * distance) / scale),
  )
  return {
    affinity,
    weights: softmaxOfSums(
      affinity,
      landings.map(({ expert }) => expert),
      experts,
    ),
  }
}
