/** Fixed-point steps in one: 2^24. Sums of unit vectors stay exact in float64 up to 2^29 rows. */
export const fixedOne = 16777216
/** Adding and taking away 1.5 · 2^52 rounds to the nearest integer (half to even), several times faster than Math.round. */
const rounder = 6755399441055744

/**
 * Sums and counts per cluster that do not depend on the order of addition: every component is rounded to 2^-24 first, so all
 * partial sums are integers that float64 holds exactly. Sums of parts of the data can be added up to the same bytes.
 */
export class ClusterSums {
  readonly clusters: number
  readonly width: number
  /** [clusters, width], in units of 2^-24. */
  readonly sums: Float64Array
  readonly counts: Float64Array

  constructor(clusters: number, width: number, sums = new Float64Array(clusters * width), counts = new Float64Array(clusters)) {
    this.clusters = clusters
    this.width = width
    this.sums = sums
    this.counts = counts
  }

  /** Adds rows `start` to `end` of `vectors`; `cluster` has one entry for each of them. */
  add(vectors: Float32Array, rows: number, cluster: Uint32Array): void {
    const { sums, counts, width } = this
    for (let row = 0; row < rows; row++) {
      const target = cluster[row]!
      counts[target] = counts[target]! + 1
      let into = target * width
      let at = row * width
      for (const end = at + width; at < end; at++, into++) {
        sums[into] = sums[into]! + (vectors[at]! * fixedOne + rounder - rounder)
      }
    }
  }

  /** Adds the sums of another part of the data. */
  merge(other: ClusterSums): void {
    for (let i = 0; i < this.sums.length; i++) this.sums[i] = this.sums[i]! + other.sums[i]!
    for (let j = 0; j < this.clusters; j++) this.counts[j] = this.counts[j]! + other.counts[j]!
  }

  clear(): void {
    this.sums.fill(0)
    this.counts.fill(0)
  }
}
