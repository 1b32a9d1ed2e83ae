import { Random } from '../../../core/random.js'
import { drawWeighted } from './draw.js'

/**
 * Greedy k-means++ (Arthur and Vassilvitskii 2007, with trials as in their reference code) over weighted
 * candidates, from their pairwise inner products [n, n]. Returns the chosen rows in the order in which they
 * were chosen; once all candidates coincide with chosen ones, the lowest free rows are taken.
 */
export function greedyPlusPlus(
  products: Float32Array,
  weights: Float64Array,
  wanted: number,
  seed: string | number,
): Uint32Array {
  const n = weights.length
  const random = new Random(seed, 'reduce')
  const trials = 2 + Math.floor(31 - Math.clz32(wanted))
  const chosen = new Uint32Array(wanted)
  const taken = new Uint8Array(n)
  const mass = new Float64Array(n)
  const squared = new Float64Array(n).fill(Infinity)
  const norm = Float64Array.from({ length: n }, (_, i) => products[i * n + i]!)

  const distance = (i: number, j: number) => Math.max(0, norm[i]! + norm[j]! - 2 * products[j * n + i]!)
  const take = (j: number, at: number) => {
    chosen[at] = j
    taken[j] = 1
    for (let i = 0; i < n; i++) squared[i] = Math.min(squared[i]!, distance(i, j))
    squared[j] = 0
  }

  take(drawWeighted(weights, random), 0)
  for (let at = 1; at < wanted; at++) {
    let total = 0
    for (let i = 0; i < n; i++) total += mass[i] = weights[i]! * squared[i]!
    if (!(total > 0)) {
      take(taken.indexOf(0), at)
      continue
    }
    let best = -1
    let bestPotential = Infinity
    for (let trial = 0; trial < trials; trial++) {
      const j = drawWeighted(mass, random, total)
      if (taken[j]) continue
      let potential = 0
      for (let i = 0; i < n; i++) potential += weights[i]! * Math.min(squared[i]!, distance(i, j))
      if (potential < bestPotential) {
        bestPotential = potential
        best = j
      }
    }
    take(best >= 0 ? best : taken.indexOf(0), at)
  }
  return chosen
}
