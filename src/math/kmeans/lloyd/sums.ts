import { addRows, fixedOne } from '../../nearest/add-rows.js'
import type { TopK } from '../../nearest/top-k.js'

export { fixedOne }

/**
 * Sums and counts per cluster that do not depend on the order of addition: every component is rounded to
 * 2^-24 first, so all partial sums are integers that float64 holds exactly. The sums of parts of the data,
 * merged, are the same bytes as those of the whole.
 */
export class ClusterSums {
  readonly clusters: number
  readonly width: number
  /** [clusters, width], in units of 2^-24; in shared memory. */
  readonly sums: Float64Array
  readonly counts: Float64Array

  constructor(clusters: number, width: number) {
    this.clusters = clusters
    this.width = width
    this.sums = new Float64Array(new SharedArrayBuffer(8 * clusters * width))
    this.counts = new Float64Array(clusters)
  }

  /** Adds `rows` rows; `cluster` has one entry per row. `by` does the work, or else this thread. */
  async add(
    vectors: Float32Array,
    rows: number,
    cluster: Uint32Array,
    by?: Pick<TopK, 'add'>,
  ): Promise<void> {
    const { sums, counts, width } = this
    for (let row = 0; row < rows; row++) counts[cluster[row]!]! += 1
    if (by) await by.add({ sums, vectors, width, rows, cluster })
    else addRows({ sums, vectors, width, rows, cluster, from: 0, to: width })
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
