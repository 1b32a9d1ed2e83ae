import type { Gemm } from '../gemm/gemm.js'

export interface Silhouette {
  /** −1 to 1. */
  readonly mean: number
  readonly by_cluster: readonly (number | null)[]
  readonly rows: number
}

/**
 * Mean silhouette (Rousseeuw 1987) of `rows` points under Euclidean distance: (b − a) / max(a, b), where a is
 * the mean distance to the other points of its own cluster, and b the smallest mean distance to the points of
 * another cluster. A point alone in its cluster counts as 0. Compares all pairs, so `rows` should be a sample
 * of a few thousand.
 */
export async function silhouette(
  vectors: Float32Array,
  rows: number,
  width: number,
  label: ArrayLike<number>,
  clusters: number,
  gemm: Gemm,
): Promise<Silhouette> {
  const products = await gemm.multiply(vectors, vectors, { m: rows, k: width, n: rows, transpose_b: true })
  const sizes = new Float64Array(clusters)
  for (let row = 0; row < rows; row++) sizes[label[row]!] = sizes[label[row]!]! + 1
  const total = new Float64Array(clusters)
  const sums = new Float64Array(clusters)
  for (let row = 0; row < rows; row++) {
    sums.fill(0)
    const own = label[row]!
    for (let other = 0; other < rows; other++) {
      if (other === row) continue
      const squared =
        products[row * rows + row]! + products[other * rows + other]! - 2 * products[row * rows + other]!
      sums[label[other]!] = sums[label[other]!]! + Math.sqrt(Math.max(0, squared))
    }
    if (sizes[own]! < 2) continue
    const a = sums[own]! / (sizes[own]! - 1)
    let b = Infinity
    for (let c = 0; c < clusters; c++) if (c !== own && sizes[c]! > 0) b = Math.min(b, sums[c]! / sizes[c]!)
    if (b < Infinity && Math.max(a, b) > 0) total[own] = total[own]! + (b - a) / Math.max(a, b)
  }
  return {
    mean: rows > 0 ? total.reduce((sum, value) => sum + value, 0) / rows : 0,
    by_cluster: [...total].map((value, cluster) => (sizes[cluster]! > 0 ? value / sizes[cluster]! : null)),
    rows,
  }
}
