import { openGemm } from '../../math/gemm/gemm.js'
import type { Fit } from '../../math/kmeans/fit.js'
import type { Points } from '../../math/points.js'
import type { Nearest } from '../../math/nearest/exact.js'
import { balanceOf, type Balance } from '../../math/quality/balance.js'
import { quantilesOf, type Quantiles } from '../../math/quality/quantiles.js'
import { silhouette, type Silhouette } from '../../math/quality/silhouette.js'
import type { FittedCentres } from './centres.js'
import { describeClusters, type ClusterWords } from './captions.js'
import { centreMap, type CentreMap } from './centre-map.js'
import type { Sample } from './sample.js'
import type { Stability } from './stability.js'

/**
 * `quality.json`: how good the clusters are, measured on the sample that they were fitted to. Distances are
 * Euclidean between unit vectors (0 to 2); lists by expert and by fine cluster are in the order of their
 * numbers.
 */
export interface Quality {
  readonly rows: {
    readonly total: number
    readonly sampled: number
    readonly dropped: { readonly [reason: string]: number }
  }
  readonly width: number
  readonly fine: number
  readonly experts: number
  /**
   * Mean squared distance to the nearest fine centre: after the fit, and before each full pass. `reassigned`:
   * centres that had lost all points.
   */
  readonly inertia: { readonly mean: number; readonly passes: readonly number[]; readonly reassigned: number }
  /**
   * `fitted`: as the bounded fit placed the rows. `assigned`: by nearest centre, as `assign` does it.
   * `bound`: the option, null for none.
   */
  readonly balance: {
    readonly bound: number | null
    readonly fine: { readonly fitted: Balance; readonly assigned: Balance }
    readonly experts: { readonly fitted: Balance; readonly assigned: Balance }
  }
  /** Of experts and of fine clusters, on `rows` sampled rows; −1 to 1. */
  readonly silhouette: {
    readonly rows: number
    readonly experts: number
    readonly by_expert: readonly (number | null)[]
    readonly fine: number
  }
  /**
   * Distance to the nearest fine centre; null where an expert has no row. A drift report compares new rows
   * with these.
   */
  readonly distance: { readonly all: Quantiles | null; readonly by_expert: readonly (Quantiles | null)[] }
  /**
   * Adjusted Rand index between this fit and one from another seed, on `rows` rows; null where that was not
   * possible.
   */
  readonly stability: Stability | null
  /** Words and captions by expert. */
  readonly expert_words: readonly ClusterWords[]
  /** The same by fine cluster, for the most populated ones. */
  readonly fine_words: readonly (ClusterWords & { readonly fine: number; readonly expert: number })[]
  /** Places of experts and of the most populated fine centres on a plane. */
  readonly map: CentreMap
}

export interface Measured {
  readonly sample: Sample
  readonly points: Points
  readonly centres: FittedCentres
  readonly labels: Nearest
  readonly fit: Fit
  readonly bound: number | null
  readonly stability: Stability | null
  readonly threads: number
}

const silhouetteRows = 2000

export async function measureQuality(measured: Measured): Promise<Quality> {
  const { sample, centres, labels, fit, bound } = measured
  const expertOf = Uint16Array.from(labels.index, (fine) => centres.fine_to_expert[fine]!)
  const experts = centres.coarse.count
  const fittedExperts = new Float64Array(experts)
  fit.counts.forEach((count, fine) => (fittedExperts[centres.fine_to_expert[fine]!]! += count))
  const spread = await spreads(measured, expertOf)
  return {
    rows: { total: sample.total, sampled: sample.rows, dropped: sample.dropped },
    width: sample.width,
    fine: centres.fine.count,
    experts,
    inertia: {
      mean: meanSquared(labels.distance),
      passes: fit.inertia.map((total) => total / sample.rows),
      reassigned: fit.reassigned,
    },
    balance: {
      bound,
      fine: { fitted: balanceOf(fit.counts), assigned: balanceOf(centres.fine_population) },
      experts: { fitted: balanceOf(fittedExperts), assigned: balanceOf(centres.expert_population) },
    },
    silhouette: {
      rows: spread.experts.rows,
      experts: spread.experts.mean,
      by_expert: spread.experts.by_cluster,
      fine: spread.fine.mean,
    },
    distance: {
      all: quantilesOf(labels.distance) ?? null,
      by_expert: Array.from(
        { length: experts },
        (_, expert) => quantilesOf(labels.distance.filter((_, row) => expertOf[row] === expert)) ?? null,
      ),
    },
    stability: measured.stability,
    ...(await describeClusters(sample, centres, labels, expertOf)),
    map: centreMap(centres),
  }
}

/** Rows come in hash order, so the first are a uniform sample. */
async function spreads(
  { points, centres, labels, threads }: Measured,
  expertOf: Uint16Array,
): Promise<{ experts: Silhouette; fine: Silhouette }> {
  const rows = Math.min(silhouetteRows, points.rows)
  const vectors = (await points.read(0, rows)).slice()
  const gemm = openGemm(threads)
  try {
    return {
      experts: await silhouette(vectors, rows, points.width, expertOf, centres.coarse.count, gemm),
      fine: await silhouette(vectors, rows, points.width, labels.index, centres.fine.count, gemm),
    }
  } finally {
    await gemm.close()
  }
}

function meanSquared(distance: Float32Array): number {
  let steps = 0
  for (const value of distance) steps += Math.round(value * value * 16777216)
  return distance.length > 0 ? steps / 16777216 / distance.length : 0
}
