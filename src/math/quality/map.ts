import { Random } from '../../core/random.js'
import type { CentreSet } from '../nearest/exact.js'

export interface PlaneMap {
  /** Coordinates of the centres: [count, 2]. */
  readonly positions: Float64Array
  /** Projects another vector of the same width onto the map. */
  project(vector: Float32Array): [number, number]
  /** Share of the variance between centres that each axis explains. */
  readonly explained: readonly [number, number]
}

const iterations = 100

/**
 * Projects the centres onto their first two principal components, weighted by population. Uses power
 * iteration without forming the covariance. Each axis is oriented so that its component of largest magnitude
 * is positive, so that a map does not flip between runs.
 */
export function planeMap({ centres, count, width }: CentreSet, weights: ArrayLike<number>): PlaneMap {
  let total = 0
  const mean = new Float64Array(width)
  for (let row = 0; row < count; row++) {
    total += weights[row]!
    for (let t = 0; t < width; t++) mean[t] = mean[t]! + weights[row]! * centres[row * width + t]!
  }
  for (let t = 0; t < width; t++) mean[t] = mean[t]! / (total || 1)

  const random = new Random('plane map')
  const axes: Float64Array[] = []
  const variances: number[] = []
  for (let axis = 0; axis < 2; axis++) {
    let direction = Float64Array.from({ length: width }, () => random.unit() - 0.5)
    let variance = 0
    orthonormalise(direction, axes)
    for (let i = 0; i < iterations; i++) {
      const next = new Float64Array(width)
      variance = 0
      for (let row = 0; row < count; row++) {
        const along = project(centres, row * width, mean, direction)
        variance += weights[row]! * along * along
        for (let t = 0; t < width; t++)
          next[t] = next[t]! + weights[row]! * along * (centres[row * width + t]! - mean[t]!)
      }
      if (!orthonormalise(next, axes)) break
      direction = next
    }
    axes.push(oriented(direction))
    variances.push(variance / (total || 1))
  }

  let whole = 0
  for (let row = 0; row < count; row++) {
    for (let t = 0; t < width; t++) whole += weights[row]! * (centres[row * width + t]! - mean[t]!) ** 2
  }
  whole = whole / (total || 1) || 1
  const toPlane = (vector: Float32Array): [number, number] => [
    project(vector, 0, mean, axes[0]!),
    project(vector, 0, mean, axes[1]!),
  ]
  const positions = new Float64Array(count * 2)
  for (let row = 0; row < count; row++)
    positions.set(toPlane(centres.subarray(row * width, (row + 1) * width)), row * 2)
  return { positions, project: toPlane, explained: [variances[0]! / whole, variances[1]! / whole] }
}

function project(vectors: Float32Array, at: number, mean: Float64Array, direction: Float64Array): number {
  let along = 0
  for (let t = 0; t < mean.length; t++) along += (vectors[at + t]! - mean[t]!) * direction[t]!
  return along
}

/** In place. Returns false if the vector is (nearly) in the span of `against`. */
function orthonormalise(vector: Float64Array, against: readonly Float64Array[]): boolean {
  for (const axis of against) {
    let along = 0
    for (let t = 0; t < vector.length; t++) along += vector[t]! * axis[t]!
    for (let t = 0; t < vector.length; t++) vector[t] = vector[t]! - along * axis[t]!
  }
  let norm = 0
  for (const value of vector) norm += value * value
  if (!(norm > 1e-30)) return false
  const scale = 1 / Math.sqrt(norm)
  for (let t = 0; t < vector.length; t++) vector[t] = vector[t]! * scale
  return true
}

function oriented(axis: Float64Array): Float64Array {
  let largest = 0
  for (let t = 1; t < axis.length; t++) if (Math.abs(axis[t]!) > Math.abs(axis[largest]!)) largest = t
  return axis[largest]! < 0 ? axis.map((value) => -value) : axis
}
