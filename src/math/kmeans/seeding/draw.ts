import type { Random } from '../../../core/random.js'

/**
 * An index, drawn with probability proportional to its weight; `total` is the sum of the weights. Entries
 * without weight are never drawn, unless all are: then the first is.
 */
export function drawWeighted(weights: Float64Array, random: Random, total = sumOf(weights)): number {
  let rest = random.unit() * total
  let last = 0
  for (let i = 0; i < weights.length; i++) {
    if (!(weights[i]! > 0)) continue
    last = i
    rest -= weights[i]!
    if (rest < 0) return i
  }
  return last
}

function sumOf(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
