/** How evenly points are spread over clusters. Sizes in points. */
export interface Balance {
  readonly clusters: number
  readonly empty: number
  readonly min: number
  readonly median: number
  readonly max: number
  readonly mean: number
  /** 0: all sizes equal; near 1: everything in one cluster. */
  readonly gini: number
  readonly max_over_mean: number
}

export function balanceOf(sizes: ArrayLike<number>): Balance {
  const sorted = Float64Array.from(sizes).sort()
  const clusters = sorted.length
  const total = sorted.reduce((sum, size) => sum + size, 0)
  const mean = total / clusters
  let ranked = 0
  sorted.forEach((size, at) => (ranked += (2 * (at + 1) - clusters - 1) * size))
  const middle = Math.floor(clusters / 2)
  const max = sorted[clusters - 1]!
  return {
    clusters,
    empty: sorted.findLastIndex((size) => size === 0) + 1,
    min: sorted[0]!,
    median: clusters % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    max,
    mean,
    gini: total > 0 ? ranked / (clusters * total) : 0,
    max_over_mean: total > 0 ? max / mean : 0,
  }
}
