import type { Landing } from './landing.js'
import { softmaxOfSums, type Routing } from './weights.js'

/**
 * The routing rule as the paper's program computes it, which is not what the paper states:
 *
 *     d_l = min_s ‖e_l − e_s‖                 (not squared)
 *     g   = 5 · log10(max(10, |L| − 200))
 *     b   = exp(0.5 − √|L|) if |L| < 10, else 0
 *     W_c = Σ_{l: nearest s ∈ S_c} exp(g · (b − d_l))
 *     p(c | T) = softmax_c(W_c / 8)
 *
 * The division by 8 makes it nearly uniform unless class names occur among the captions.
 */
export function coded(landings: readonly Landing[], experts: number): Routing {
  const count = landings.length
  const gain = 5 * Math.log10(Math.max(10, count - 200))
  const bonus = count < 10 ? Math.exp(0.5 - Math.sqrt(count)) : 0
  const affinity = Float64Array.from(landings, ({ distance }) => Math.exp(gain * (bonus - distance)))
  return {
    affinity,
    weights: softmaxOfSums(
      affinity,
      landings.map(({ expert }) => expert),
      experts,
      8,
    ),
  }
}
