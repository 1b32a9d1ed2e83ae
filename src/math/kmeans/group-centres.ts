import { maxOf } from '../../core/extremes.js'
import { Random } from '../../core/random.js'
import { openGemm } from '../gemm/gemm.js'
import { squaredNorms } from '../matrix.js'
import { tooFewPoints } from './errors.js'
import { weightedLloyd, type WeightedClusters } from './lloyd/weighted.js'
import { weightedPlusPlus } from './seeding/weighted-plus-plus.js'

export interface GroupOptions {
  readonly groups: number
  readonly seed: string | number
  /** Largest group over the mean, by weight; null for no bound. */
  readonly max_ratio: number | null
  readonly threads: number
}

export interface Groups {
  /** Group of every centre. */
  readonly group: Uint32Array
  /** [groups, width]: weighted means. */
  readonly means: Float32Array
  /** Summed weight per group. */
  readonly loads: Float64Array
  /** Σ weight · squared distance to the mean. */
  readonly inertia: number
}

const restarts = 8

/**
 * The second step of two-step clustering: groups the fine centres [n, width], weighted by their populations,
 * into a few experts. Weighted k-means from several k-means++ starts; the lowest inertia wins. Throws
 * `E_TOO_FEW_POINTS`.
 */
export async function groupCentres(
  centres: Float32Array,
  width: number,
  weights: Float64Array,
  options: GroupOptions,
): Promise<Groups> {
  const rows = weights.length
  if (rows < options.groups) throw tooFewPoints(rows, options.groups)
  const points = { rows, width, data: centres }
  const items = { points, norms: squaredNorms(points), weights }
  const bound = boundOf(weights, options)
  const gemm = openGemm(options.threads)
  try {
    let best: WeightedClusters | undefined
    for (let restart = 0; restart < restarts; restart++) {
      const random = new Random(options.seed, 'group', restart)
      const start = await weightedPlusPlus(items, options.groups, random, gemm)
      const found = await weightedLloyd(items, start, bound, gemm)
      if (!best || preferred(found, best, bound)) best = found
    }
    const { cluster, means, loads, inertia } = best!
    return { group: cluster, means: means.data, loads, inertia }
  } finally {
    await gemm.close()
  }
}

function boundOf(weights: Float64Array, { groups, max_ratio }: GroupOptions): number {
  if (max_ratio === null) return Infinity
  return (weights.reduce((total, weight) => total + weight, 0) / groups) * max_ratio
}

/** A smaller excess over the bound comes first, then a lower inertia. */
function preferred(a: WeightedClusters, b: WeightedClusters, bound: number): boolean {
  const excess = ({ loads }: WeightedClusters) => Math.max(0, maxOf(loads, 0) - bound)
  return excess(a) !== excess(b) ? excess(a) < excess(b) : a.inertia < b.inertia
}
