import type { Gemm } from '../gemm/gemm.js'

/** Second moments of a set of rows: all that a ridge regression needs. */
export interface Moments {
  readonly rows: number
  readonly features: number
  readonly targets: number
  /** Φᵀ·Φ, [features, features]. */
  readonly gram: Float64Array
  /** Φᵀ·Y, [features, targets]. */
  readonly cross: Float64Array
}

/** Rows per product: fixed, so that sums have the same order on every machine. */
const chunkRows = 1024

export interface Pairs {
  /** [rows, width] */
  readonly features: Float32Array
  readonly width: number
  /** [rows, target_width] */
  readonly targets: Float32Array
  readonly target_width: number
}

/**
 * Computes the moments of the given rows (which may repeat). Chunks are float32 products, summed in float64.
 */
export async function momentsOf(pairs: Pairs, rows: ArrayLike<number>, gemm: Gemm): Promise<Moments> {
  const { width, target_width } = pairs
  const gram = new Float64Array(width * width)
  const cross = new Float64Array(width * target_width)
  for (let start = 0; start < rows.length; start += chunkRows) {
    const end = Math.min(start + chunkRows, rows.length)
    const x = gather(pairs.features, width, rows, start, end)
    const y = gather(pairs.targets, target_width, rows, start, end)
    const k = end - start
    add(gram, await gemm.multiply(x, x, { m: width, k, n: width, transpose_a: true }))
    add(cross, await gemm.multiply(x, y, { m: width, k, n: target_width, transpose_a: true }))
  }
  return { rows: rows.length, features: width, targets: target_width, gram, cross }
}

/** Moments of the rows that are in `whole` but not in `part`. */
export function without(whole: Moments, part: Moments): Moments {
  return {
    ...whole,
    rows: whole.rows - part.rows,
    gram: whole.gram.map((value, i) => value - part.gram[i]!),
    cross: whole.cross.map((value, i) => value - part.cross[i]!),
  }
}

/** Copies rows of a matrix, in the order of `rows`. */
export function gather(
  matrix: Float32Array,
  width: number,
  rows: ArrayLike<number>,
  start = 0,
  end = rows.length,
): Float32Array {
  const out = new Float32Array((end - start) * width)
  for (let i = start; i < end; i++)
    out.set(matrix.subarray(rows[i]! * width, (rows[i]! + 1) * width), (i - start) * width)
  return out
}

function add(into: Float64Array, what: Float32Array): void {
  for (let i = 0; i < what.length; i++) into[i]! += what[i]!
}
