import type { NearestCentre } from './nearest.js'

/**
 * Numerically safe softmax; negative infinity gets zero; if all scores are negative infinity, the result is
 * uniform.
 */
export function softmax(scores: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(scores)
  const highest = out.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (highest === Number.NEGATIVE_INFINITY) return out.fill(1 / out.length)
  let sum = 0
  for (let i = 0; i < out.length; i++) sum += out[i] = Math.exp(out[i]! - highest)
  for (let i = 0; i < out.length; i++) out[i]! /= sum
  return out
}

/**
 * Shannon entropy over its maximum: 0 if one expert has all the weight, 1 if all have the same; 0 for a
 * single expert.
 */
export function normalisedEntropy(weights: ArrayLike<number>): number {
  if (weights.length < 2) return 0
  let sum = 0
  for (let i = 0; i < weights.length; i++) if (weights[i]! > 0) sum -= weights[i]! * Math.log(weights[i]!)
  return Math.min(1, Math.max(0, sum / Math.log(weights.length)))
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return values.length === 0 ? 0 : sum / values.length
}

/**
 * Sums the texts' affinities by the expert of their nearest centre, then takes the softmax of the sums
 * divided by `divisor`.
 */
export function softmaxOfSums(
  affinity: Float64Array,
  nearest: readonly NearestCentre[],
  experts: number,
  divisor = 1,
): Float64Array {
  const sums = new Float64Array(experts)
  for (let i = 0; i < affinity.length; i++) sums[nearest[i]!.expert]! += affinity[i]! / divisor
  return softmax(sums)
}
