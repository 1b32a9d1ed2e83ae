/** Float32 matrix, row-major. */
export interface Matrix {
  readonly rows: number
  readonly width: number
  /** [rows, width]. */
  readonly data: Float32Array
}

/** Copies rows of a [n, width] matrix, in the order of `which`. */
export function pickRows(data: Float32Array, width: number, which: ArrayLike<number>): Float32Array {
  const picked = new Float32Array(which.length * width)
  for (let at = 0; at < which.length; at++)
    picked.set(data.subarray(which[at]! * width, (which[at]! + 1) * width), at * width)
  return picked
}

/** Σx² of the vector at index `at`, summed in float64 in the order of its components. */
export function squaredNorm(data: Float32Array, at: number, width: number): number {
  let sum = 0
  for (let t = at; t < at + width; t++) sum += data[t]! * data[t]!
  return sum
}

/** `squaredNorm` of each row. */
export function squaredNorms({ rows, width, data }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => squaredNorm(data, row * width, width))
}
