import { quantileNames, type Quantiles } from './quantiles.js'

const bins = 8192
/** Unit vectors are at most 2 apart. */
const maxDistance = 2

/**
 * Histogram of distances between unit vectors, in 8,192 equal bins: independent of the order, in constant
 * memory. Quantiles are exact to 0.00025.
 */
export class DistanceHistogram {
  private readonly counts = new Float64Array(bins)
  rows = 0

  add(distance: number): void {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((distance / maxDistance) * bins)))
    this.counts[bin] = this.counts[bin]! + 1
    this.rows++
  }

  merge(other: DistanceHistogram): void {
    for (let bin = 0; bin < bins; bin++) this.counts[bin] = this.counts[bin]! + other.counts[bin]!
    this.rows += other.rows
  }

  /** Quantile: the distance below which a share of the rows is, interpolated within its bin. */
  at(share: number): number {
    const wanted = share * this.rows
    let below = 0
    for (let bin = 0; bin < bins; bin++) {
      const here = this.counts[bin]!
      if (here > 0 && below + here >= wanted) return ((bin + (wanted - below) / here) * maxDistance) / bins
      below += here
    }
    return maxDistance
  }

  quantiles(): Quantiles | null {
    if (this.rows === 0) return null
    return Object.fromEntries(
      Object.entries(quantileNames).map(([name, share]) => [name, this.at(share)]),
    ) as unknown as Quantiles
  }
}
