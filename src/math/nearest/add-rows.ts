/** Fixed-point steps per unit: 2^24. Sums of unit vectors are exact in float64 up to 2^29 rows. */
export const fixedOne = 16777216
/**
 * Adding and subtracting 1.5 · 2^52 rounds to the nearest integer (half to even), several times faster than
 * Math.round.
 */
const rounder = 6755399441055744

/** Rows to add to the sums of their clusters. */
export interface Addition {
  /** [clusters, width], in units of 2^-24. */
  readonly sums: Float64Array
  readonly vectors: Float32Array
  readonly width: number
  readonly rows: number
  /** Cluster of each row. */
  readonly cluster: Uint32Array
  /** Only dimensions `from` to `to` (exclusive): threads share a block by dimensions. */
  readonly from: number
  readonly to: number
}

/**
 * Adds rows to the sums, in place. Every component is rounded to 2^-24 first, so all sums are integers that
 * float64 holds exactly, and the order of addition does not matter.
 */
export function addRows({ sums, vectors, width, rows, cluster, from, to }: Addition): void {
  const fours = (to - from) & ~3
  for (let row = 0; row < rows; row++) {
    let into = (cluster[row]! * width + from) | 0
    let at = (row * width + from) | 0
    // Four at a time, with 32-bit indices: twice as fast in V8.
    for (const end = (at + fours) | 0; at < end; at = (at + 4) | 0, into = (into + 4) | 0) {
      const a = vectors[at]! * fixedOne + rounder - rounder
      const b = vectors[at + 1]! * fixedOne + rounder - rounder
      const c = vectors[at + 2]! * fixedOne + rounder - rounder
      const d = vectors[at + 3]! * fixedOne + rounder - rounder
      sums[into] = sums[into]! + a
      sums[into + 1] = sums[into + 1]! + b
      sums[into + 2] = sums[into + 2]! + c
      sums[into + 3] = sums[into + 3]! + d
    }
    for (const end = (row * width + to) | 0; at < end; at++, into++)
      sums[into] = sums[into]! + (vectors[at]! * fixedOne + rounder - rounder)
  }
}
