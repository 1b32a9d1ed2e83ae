import { softmax } from './weights.js'

export interface PerClassRouting {
  /** [classes, experts], each row summing to 1: p(c | l). */
  readonly by_class: Float64Array
  /** Mean over the classes: what each expert contributes to the task as a whole. */
  readonly weights: Float64Array
  /** exp(−d²/τ) to the nearest centre of all, per class. */
  readonly affinity: Float64Array
}

/**
 * Every class has its own weights (not in the paper):
 *
 *     p(c | l) = softmax_c(−d²_lc / τ),     d_lc = min_{s ∈ S_c} ‖e_l − e_s‖
 *
 * and the ensemble's score of class l is Σ_c p(c | l) · score_c(l). `squared` is [classes, experts], as
 * `squaredToExperts` gives it.
 */
export function perClass(squared: Float64Array, experts: number, temperature = 0.1): PerClassRouting {
  const classes = squared.length / experts
  const by_class = new Float64Array(squared.length)
  const affinity = new Float64Array(classes)
  const weights = new Float64Array(experts)
  for (let row = 0; row < classes; row++) {
    const distances = squared.subarray(row * experts, (row + 1) * experts)
    const shares = softmax(distances.map((value) => -value / temperature))
    by_class.set(shares, row * experts)
    affinity[row] = Math.exp(-distances.reduce((a, b) => Math.min(a, b)) / temperature)
    shares.forEach((share, expert) => (weights[expert]! += share / classes))
  }
  return { by_class, weights, affinity }
}
