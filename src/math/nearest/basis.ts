import { Random } from '../../core/random.js'
import type { Gemm } from '../gemm/gemm.js'
import type { CentreSet } from './exact.js'

export interface Basis {
  /** [width, rank], orthonormal columns, about in falling order of the centres' variance along them. */
  readonly axes: Float32Array
  readonly rank: number
  /** Mean of the centres. */
  readonly mean: Float32Array
}

const rounds = 6

/**
 * The directions in which centres differ most: orthogonal iteration (Golub and Van Loan, §7.3.2) on their covariance. Any orthonormal basis
 * gives correct bounds, so few rounds are enough.
 */
export async function basisOf({ centres, count, width }: CentreSet, rank: number, gemm: Gemm): Promise<Basis> {
  const mean = meanOf(centres, count, width)
  const centred = Float32Array.from(centres, (value, at) => value - mean[at % width]!)
  const covariance = await gemm.multiply(centred, centred, { m: width, k: count, n: width, transpose_a: true })
  const random = new Random('basis')
  let axes: Float32Array = Float32Array.from({ length: width * rank }, () => random.unit() - 0.5)
  for (let round = 0; round < rounds; round++) {
    orthonormalise(axes, width, rank)
    axes = await gemm.multiply(covariance, axes, { m: width, k: width, n: rank })
  }
  orthonormalise(axes, width, rank)
  return { axes, rank, mean }
}

/** The first `rank` axes of a basis. */
export function leading({ axes, rank: from, mean }: Basis, rank: number): Basis {
  const width = mean.length
  const kept = new Float32Array(width * rank)
  for (let t = 0; t < width; t++) kept.set(axes.subarray(t * from, t * from + rank), t * rank)
  return { axes: kept, rank, mean }
}

function meanOf(centres: Float32Array, count: number, width: number): Float32Array {
  const sums = new Float64Array(width)
  for (let at = 0; at < count * width; at++) sums[at % width] = sums[at % width]! + centres[at]!
  return Float32Array.from(sums, (sum) => sum / count)
}

/** Modified Gram-Schmidt over columns, in place; a column that depends on those before it becomes zero, which no bound minds. */
function orthonormalise(axes: Float32Array, width: number, rank: number): void {
  const columns = Array.from({ length: rank }, (_, r) => Float64Array.from({ length: width }, (_, t) => axes[t * rank + r]!))
  for (let r = 0; r < rank; r++) {
    const column = columns[r]!
    const before = norm(column)
    for (let pass = 0; pass < 2; pass++) {
      for (let q = 0; q < r; q++) {
        const other = columns[q]!
        let along = 0
        for (let t = 0; t < width; t++) along += column[t]! * other[t]!
        for (let t = 0; t < width; t++) column[t] = column[t]! - along * other[t]!
      }
    }
    const left = norm(column)
    const scale = left > 1e-10 * before && left > 0 ? 1 / left : 0
    for (let t = 0; t < width; t++) {
      column[t] = column[t]! * scale
      axes[t * rank + r] = column[t]!
    }
  }
}

function norm(vector: Float64Array): number {
  let sum = 0
  for (const value of vector) sum += value * value
  return Math.sqrt(sum)
}
