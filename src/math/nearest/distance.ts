/**
 * Squared Euclidean distance in float64 between the vector at `at` of `a` and the one at `other` of `b`. Four
 * running sums and 32-bit indices are twice as fast in V8; they are always added in the same order.
 * Differences are squared (the product is not expanded), so equal vectors have distance 0.
 */
export function squaredDistance(
  a: Float32Array,
  at: number,
  b: Float32Array,
  other: number,
  width: number,
): number {
  let i = at | 0
  let j = other | 0
  let [s, t, u, v] = [0, 0, 0, 0]
  for (const end = (i + (width & ~3)) | 0; i < end; i = (i + 4) | 0, j = (j + 4) | 0) {
    const p = a[i]! - b[j]!
    const q = a[i + 1]! - b[j + 1]!
    const r = a[i + 2]! - b[j + 2]!
    const o = a[i + 3]! - b[j + 3]!
    s += p * p
    t += q * q
    u += r * r
    v += o * o
  }
  let sum = s + t + (u + v)
  for (const end = (at + width) | 0; i < end; i++, j++) sum += (a[i]! - b[j]!) ** 2
  return sum
}

/**
 * Fills `out` [rows] with the Euclidean distance from each row of `vectors` to the row of `centres` that
 * `index` names.
 */
export function distances(
  out: Float32Array,
  vectors: Float32Array,
  centres: Float32Array,
  width: number,
  index: Uint32Array,
): void {
  for (let row = 0; row < out.length; row++)
    out[row] = Math.sqrt(squaredDistance(vectors, row * width, centres, index[row]! * width, width))
}
