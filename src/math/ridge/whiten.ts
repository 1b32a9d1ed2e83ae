import type { Gemm } from '../gemm/gemm.js'
import { factorise, forward } from './cholesky.js'

/** A map x ↦ (x − mean)·matrix whose results have (nearly) the identity as covariance. */
export interface Whitening {
  readonly width: number
  readonly mean: Float32Array
  /**
   * [width, width], L⁻ᵀ of the covariance C + ε·(tr C / width)·I = L·Lᵀ. Other roots differ by a rotation,
   * which does not change distances.
   */
  readonly matrix: Float32Array
}

export async function learnWhitening(
  rows: Float32Array,
  width: number,
  epsilon: number,
  gemm: Gemm,
): Promise<Whitening> {
  const count = rows.length / width
  const mean = new Float64Array(width)
  for (let row = 0; row < count; row++)
    for (let i = 0; i < width; i++) mean[i]! += rows[row * width + i]! / count
  const covariance = new Float64Array(width * width)
  const chunk = 4096
  for (let start = 0; start < count; start += chunk) {
    const k = Math.min(chunk, count - start)
    const centred = new Float32Array(k * width)
    for (let row = 0; row < k; row++)
      for (let i = 0; i < width; i++) centred[row * width + i] = rows[(start + row) * width + i]! - mean[i]!
    const product = await gemm.multiply(centred, centred, { m: width, k, n: width, transpose_a: true })
    for (let i = 0; i < product.length; i++) covariance[i]! += product[i]! / count
  }
  let trace = 0
  for (let i = 0; i < width; i++) trace += covariance[i * width + i]!
  const matrix = Float32Array.from(covariance)
  for (let i = 0; i < width; i++) matrix[i * width + i]! += (epsilon * trace) / width + 1e-12
  const inverse = await forward(await factorise(matrix, width, gemm), identity(width), width, gemm)
  return { width, mean: Float32Array.from(mean), matrix: transpose(inverse, width) }
}

/** Whitens rows and scales them to length 1 (a zero row stays zero). */
export async function whiten(rows: Float32Array, whitening: Whitening, gemm: Gemm): Promise<Float32Array> {
  const { width, mean, matrix } = whitening
  const count = rows.length / width
  const centred = rows.map((value, i) => value - mean[i % width]!)
  return normaliseRows(await gemm.multiply(centred, matrix, { m: count, k: width, n: width }), width)
}

/** Scales rows to length 1, in place (a zero row stays zero). */
export function normaliseRows(matrix: Float32Array, width: number): Float32Array {
  for (let start = 0; start < matrix.length; start += width) {
    let sum = 0
    for (let i = start; i < start + width; i++) sum += matrix[i]! * matrix[i]!
    if (!(sum > 0)) continue
    const scale = 1 / Math.sqrt(sum)
    for (let i = start; i < start + width; i++) matrix[i]! *= scale
  }
  return matrix
}

function identity(n: number): Float32Array {
  const out = new Float32Array(n * n)
  for (let i = 0; i < n; i++) out[i * n + i] = 1
  return out
}

function transpose(matrix: Float32Array, n: number): Float32Array {
  const out = new Float32Array(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = matrix[i * n + j]!
  return out
}
