import type { Centres } from '../../artefacts/centres.js'
import type { Quality, Stability } from '../../artefacts/quality.js'
import { openGemm } from '../../math/gemm/gemm.js'
import type { Fit } from '../../math/kmeans/fit.js'
import type { Points } from '../../math/points.js'
import type { Nearest } from '../../math/nearest/exact.js'
import { balanceOf } from '../../math/quality/balance.js'
import { quantilesOf } from '../../math/quality/quantiles.js'
import { silhouette, type Silhouette } from '../../math/quality/silhouette.js'
import { describeClusters } from './captions.js'
import { centreMap } from './centre-map.js'
import type { Sample } from './sample.js'

export interface Measured {
  readonly sample: Sample
  readonly points: Points
  readonly centres: Centres
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
  const found = await silhouettes(measured, expertOf)
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
      rows: found.experts.rows,
      experts: found.experts.mean,
      by_expert: found.experts.by_cluster,
      fine: found.fine.mean,
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

/** Rows are in hash order, so the first ones are a uniform sample. */
async function silhouettes(
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
