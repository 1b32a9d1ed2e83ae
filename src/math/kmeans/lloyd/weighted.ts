import type { Gemm } from '../../gemm/gemm.js'
import { squaredNorms, type Matrix } from '../../matrix.js'
import { boundedGroups } from './bounded-groups.js'

/** A few thousand points that each count with a weight. */
export interface WeightedPoints {
  readonly points: Matrix
  /** Squared norm of each point. */
  readonly norms: Float64Array
  readonly weights: Float64Array
}

export interface WeightedClusters {
  /** Cluster of every point. */
  readonly cluster: Uint32Array
  /** Weighted means of the clusters. */
  readonly means: Matrix
  /** Summed weight per cluster. */
  readonly loads: Float64Array
  /** Σ weight · squared distance to the mean. */
  readonly inertia: number
}

/** Added to every weight, so that the mean of points without weight is defined. */
export const smallestWeight = 1e-9

const maxRounds = 60

/**
 * Lloyd's algorithm over weighted points from given centres, until no point changes its cluster. `bound` is
 * the largest summed weight of a cluster; every round assigns by `boundedGroups`.
 */
export async function weightedLloyd(
  items: WeightedPoints,
  centres: Matrix,
  bound: number,
  gemm: Gemm,
): Promise<WeightedClusters> {
  const { points, weights } = items
  const clusters = centres.rows
  let means = centres
  let cluster = new Uint32Array(points.rows)
  for (let round = 0; round < maxRounds; round++) {
    const squared = await squaredDistances(items, means, gemm)
    const next = boundedGroups(squared, weights, clusters, bound)
    fillEmpty(next, squared, weights, clusters)
    const same = round > 0 && next.every((value, i) => value === cluster[i])
    cluster = next as Uint32Array<ArrayBuffer>
    if (same) break
    means = weightedMeans(items, cluster, clusters)
  }
  const loads = new Float64Array(clusters)
  for (let i = 0; i < points.rows; i++) loads[cluster[i]!] = loads[cluster[i]!]! + weights[i]!
  const squared = await squaredDistances(items, means, gemm)
  let inertia = 0
  for (let i = 0; i < points.rows; i++) inertia += weights[i]! * squared[i * clusters + cluster[i]!]!
  return { cluster, means, loads, inertia }
}

/** [points, centres], none below 0. */
export async function squaredDistances(
  { points, norms }: WeightedPoints,
  centres: Matrix,
  gemm: Gemm,
): Promise<Float64Array> {
  const count = centres.rows
  const products = await gemm.multiply(points.data, centres.data, {
    m: points.rows,
    k: points.width,
    n: count,
    transpose_b: true,
  })
  const centreNorms = squaredNorms(centres)
  return Float64Array.from(products, (product, at) =>
    Math.max(0, norms[Math.floor(at / count)]! + centreNorms[at % count]! - 2 * product),
  )
}

/** An empty cluster takes the point that costs most where it is, unless it is alone there. */
function fillEmpty(
  cluster: Uint32Array,
  squared: Float64Array,
  weights: Float64Array,
  clusters: number,
): void {
  const size = new Uint32Array(clusters)
  for (const c of cluster) size[c] = size[c]! + 1
  for (let c = 0; c < clusters; c++) {
    if (size[c]! > 0) continue
    let worst = -1
    let cost = -1
    for (let i = 0; i < cluster.length; i++) {
      const here = weights[i]! * squared[i * clusters + cluster[i]!]!
      if (size[cluster[i]!]! > 1 && here > cost) {
        cost = here
        worst = i
      }
    }
    size[cluster[worst]!] = size[cluster[worst]!]! - 1
    cluster[worst] = c
    size[c] = 1
  }
}

function weightedMeans({ points, weights }: WeightedPoints, cluster: Uint32Array, clusters: number): Matrix {
  const { width, data } = points
  const sums = new Float64Array(clusters * width)
  const total = new Float64Array(clusters)
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]! + smallestWeight
    const c = cluster[i]!
    total[c] = total[c]! + weight
    for (let t = 0; t < width; t++) sums[c * width + t] = sums[c * width + t]! + weight * data[i * width + t]!
  }
  return {
    rows: clusters,
    width,
    data: Float32Array.from(sums, (value, at) => value / total[Math.floor(at / width)]!),
  }
}
