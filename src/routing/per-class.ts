import { defineRule, type Weighed } from './rule.js'
import { softmax } from './weights.js'

/**
 * Every class has its own weights (not in the paper):
 *
 *     p(c | l) = softmax_c(−d²_lc / τ),     d_lc = min_{s ∈ S_c} ‖e_l − e_s‖
 *
 * and the ensemble's score of class l is Σ_c p(c | l) · score_c(l). Affinity: exp(−d²/τ) to the nearest
 * centre of all. `squared` is [classes, experts].
 */
export function perClassWeights(squared: Float64Array, experts: number, temperature: number): Weighed {
  const classes = squared.length / experts
  const weights = new Float64Array(squared.length)
  const affinity = new Float64Array(classes)
  for (let row = 0; row < classes; row++) {
    const distances = squared.subarray(row * experts, (row + 1) * experts)
    weights.set(softmax(distances.map((value) => -value / temperature)), row * experts)
    affinity[row] = Math.exp(-distances.reduce((a, b) => Math.min(a, b)) / temperature)
  }
  return { weights, affinity }
}

export const perClass = defineRule({
  name: 'per-class',
  label: 'per class',
  doc: 'with separate weights for every class',
  weighs: 'text',
  centres: 'fine',
  scale: 'temperature',
  with_dense: true,
  python: true,
  weigh: ({ squared, experts }, { temperature }) => perClassWeights(squared, experts, temperature),
})
