import { Random } from '../../../core/random.js'

/**
 * Greedy k-means++ (Arthur and Vassilvitskii 2007, with trials as in their reference code) over weighted
 * candidates whose pairwise inner products [n, n] are known. Returns the chosen rows in the order of choice;
 * rows with no weight left to win are taken by index.
 */
export function reduceSeeds(
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

  take(drawFrom(weights, sum(weights), random), 0)
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
      const j = drawFrom(mass, total, random)
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

function drawFrom(mass: Float64Array, total: number, random: Random): number {
  let rest = random.unit() * total
  let last = 0
  for (let i = 0; i < mass.length; i++) {
    if (mass[i] === 0) continue
    last = i
    rest -= mass[i]!
    if (rest < 0) return i
  }
  return last
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
