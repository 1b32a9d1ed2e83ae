import { squaredDistance } from '../nearest/distance.js'

export interface Halves {
  readonly a: Float32Array
  readonly b: Float32Array
  /** How much the sum of squared distances falls. */
  readonly gain: number
}

const rounds = 4

/**
 * 2-means on a few hundred points, started from the point farthest from the mean and the point farthest from
 * that one. Every second point is left out and measures the gain: on the points that they were fitted to, two
 * halves always look better than they are.
 */
export function splitInTwo(vectors: Float32Array, width: number): Halves {
  const rows = vectors.length / width
  const fitted = (row: number) => row % 2 === 0
  const mean = meanOf(vectors, width, fitted)
  const squared = (row: number, from: Float32Array) => squaredDistance(vectors, row * width, from, 0, width)
  const copyOf = (row: number) => vectors.slice(row * width, (row + 1) * width)
  const farthest = (from: Float32Array) => {
    let best = 0
    let largest = -1
    for (let row = 0; row < rows; row += 2) {
      const distance = squared(row, from)
      if (distance > largest) {
        largest = distance
        best = row
      }
    }
    return best
  }
  if (rows < 4) return { a: mean, b: mean, gain: 0 }
  let a: Float32Array = copyOf(farthest(mean))
  let b: Float32Array = copyOf(farthest(a))
  for (let round = 0; round < rounds; round++) {
    const near = new Uint8Array(rows)
    let nearA = 0
    let nearB = 0
    for (let row = 0; row < rows; row += 2) {
      if (squared(row, a) <= squared(row, b)) nearA += near[row] = 1
      else nearB++
    }
    if (nearA === 0 || nearB === 0) return { a: mean, b: mean, gain: 0 }
    a = meanOf(vectors, width, (row) => fitted(row) && near[row] === 1)
    b = meanOf(vectors, width, (row) => fitted(row) && near[row] === 0)
  }
  let gain = 0
  for (let row = 1; row < rows; row += 2)
    gain += squared(row, mean) - Math.min(squared(row, a), squared(row, b))
  return { a, b, gain: (gain * rows) / Math.floor(rows / 2) }
}

function meanOf(vectors: Float32Array, width: number, wanted: (row: number) => boolean): Float32Array {
  const sums = new Float64Array(width)
  let count = 0
  for (let row = 0; row * width < vectors.length; row++) {
    if (!wanted(row)) continue
    count++
    for (let t = 0; t < width; t++) sums[t] = sums[t]! + vectors[row * width + t]!
  }
  return Float32Array.from(sums, (sum) => sum / Math.max(1, count))
}
