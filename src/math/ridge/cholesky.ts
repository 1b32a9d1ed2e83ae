import { PipelineError } from '../../core/error.js'
import type { Gemm } from '../gemm/gemm.js'

/**
 * Factor L of a symmetric positive definite matrix A = L·Lᵀ, in blocks so that almost all of the work is in
 * matrix products.
 */
export interface Factor {
  readonly n: number
  /** [n, n], lower triangle. */
  readonly lower: Float32Array
  /** Inverses of the diagonal blocks of L, each [size, size]. */
  readonly inverses: readonly Float32Array[]
}

const blockSize = 96

/**
 * Blocked Cholesky (Golub and Van Loan, Matrix Computations, 4.2.9): diagonal blocks in float64, the rest as
 * float32 products. Only the lower triangle of `matrix` is read. Throws `E_NOT_POSITIVE_DEFINITE`.
 */
export async function factorise(matrix: Float32Array, n: number, gemm: Gemm): Promise<Factor> {
  if (matrix.length !== n * n) throw new RangeError(`cholesky: got ${matrix.length} numbers for ${n} × ${n}`)
  const lower = matrix.slice()
  const inverses: Float32Array[] = []
  for (let start = 0; start < n; start += blockSize) {
    const size = Math.min(blockSize, n - start)
    const diagonal = factoriseBlock(lower, n, start, size)
    const inverse = invertLower(diagonal, size)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) lower[(start + i) * n + start + j] = diagonal[i * size + j]!
    inverses.push(inverse)
    const below = n - start - size
    if (below === 0) break
    const panel = window(lower, n, start + size, start, below, size)
    const solved = await gemm.multiply(panel, inverse, { m: below, k: size, n: size, transpose_b: true })
    for (let i = 0; i < below; i++)
      lower.set(solved.subarray(i * size, (i + 1) * size), (start + size + i) * n + start)
    const update = await gemm.multiply(solved, solved, { m: below, k: size, n: below, transpose_b: true })
    for (let i = 0; i < below; i++) {
      const row = (start + size + i) * n + start + size
      for (let j = 0; j <= i; j++) lower[row + j]! -= update[i * below + j]!
    }
  }
  for (let i = 0; i < n; i++) lower.fill(0, i * n + i + 1, (i + 1) * n)
  return { n, lower, inverses }
}

/** Solves A·X = B for the factorised A; `right` is B, [n, columns]. */
export async function solve(
  factor: Factor,
  right: Float32Array,
  columns: number,
  gemm: Gemm,
): Promise<Float32Array> {
  return backward(factor, await forward(factor, right, columns, gemm), columns, gemm)
}

/** Solves L·X = B. */
export async function forward(
  { n, lower, inverses }: Factor,
  right: Float32Array,
  columns: number,
  gemm: Gemm,
): Promise<Float32Array> {
  const x = checked(right, n, columns)
  for (let index = 0; index < inverses.length; index++) {
    const start = index * blockSize
    const size = Math.min(blockSize, n - start)
    if (start > 0) {
      const product = await gemm.multiply(
        window(lower, n, start, 0, size, start),
        x.subarray(0, start * columns),
        { m: size, k: start, n: columns },
      )
      subtract(x, start * columns, product)
    }
    const solved = await gemm.multiply(
      inverses[index]!,
      x.subarray(start * columns, (start + size) * columns),
      { m: size, k: size, n: columns },
    )
    x.set(solved, start * columns)
  }
  return x
}

/** Solves Lᵀ·X = B. */
export async function backward(
  { n, lower, inverses }: Factor,
  right: Float32Array,
  columns: number,
  gemm: Gemm,
): Promise<Float32Array> {
  const x = checked(right, n, columns)
  for (let index = inverses.length - 1; index >= 0; index--) {
    const start = index * blockSize
    const size = Math.min(blockSize, n - start)
    const end = start + size
    if (end < n) {
      const product = await gemm.multiply(
        window(lower, n, end, start, n - end, size),
        x.subarray(end * columns),
        {
          m: size,
          k: n - end,
          n: columns,
          transpose_a: true,
        },
      )
      subtract(x, start * columns, product)
    }
    const solved = await gemm.multiply(inverses[index]!, x.subarray(start * columns, end * columns), {
      m: size,
      k: size,
      n: columns,
      transpose_a: true,
    })
    x.set(solved, start * columns)
  }
  return x
}

function factoriseBlock(matrix: Float32Array, n: number, start: number, size: number): Float64Array {
  const out = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[(start + i) * n + start + j]!
      for (let k = 0; k < j; k++) sum -= out[i * size + k]! * out[j * size + k]!
      if (i !== j) out[i * size + j] = sum / out[j * size + j]!
      else if (sum > 0) out[i * size + i] = Math.sqrt(sum)
      else {
        throw new PipelineError({
          code: 'E_NOT_POSITIVE_DEFINITE',
          message: 'the matrix is singular',
          place: `row ${start + i} of ${n}`,
          hint: 'increase the ridge: the features are linearly dependent',
        })
      }
    }
  }
  return out
}

function invertLower(lower: Float64Array, size: number): Float32Array {
  const out = new Float64Array(size * size)
  for (let column = 0; column < size; column++) {
    for (let i = column; i < size; i++) {
      let sum = i === column ? 1 : 0
      for (let k = column; k < i; k++) sum -= lower[i * size + k]! * out[k * size + column]!
      out[i * size + column] = sum / lower[i * size + i]!
    }
  }
  return Float32Array.from(out)
}

function window(
  matrix: Float32Array,
  n: number,
  row: number,
  column: number,
  rows: number,
  columns: number,
): Float32Array {
  const out = new Float32Array(rows * columns)
  for (let i = 0; i < rows; i++)
    out.set(matrix.subarray((row + i) * n + column, (row + i) * n + column + columns), i * columns)
  return out
}

function subtract(from: Float32Array, at: number, what: Float32Array): void {
  for (let i = 0; i < what.length; i++) from[at + i]! -= what[i]!
}

function checked(right: Float32Array, n: number, columns: number): Float32Array {
  if (right.length !== n * columns)
    throw new RangeError(`cholesky: got ${right.length} numbers for ${n} × ${columns}`)
  return right.slice()
}
