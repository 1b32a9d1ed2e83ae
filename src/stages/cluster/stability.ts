import type { Centres } from '../../artefacts/centres.js'
import type { Stability } from '../../artefacts/quality.js'
import { PipelineError } from '../../core/error.js'
import { fitKmeans, type FitOptions } from '../../math/kmeans/fit.js'
import { firstPoints, type Points } from '../../math/points.js'
import { labelPoints } from '../../math/nearest/label.js'
import { adjustedRand } from '../../math/quality/agreement.js'
import { groupExperts, type GroupingOptions } from './group-experts.js'

/**
 * Rows of the second fit: at least `minRows`, or `rowsPerCluster` for each cluster, so that it costs little
 * compared to the first.
 */
const minRows = 8192
const rowsPerCluster = 16

/**
 * Fits once more with another seed and compares labels; null if the smaller sample cannot make as many
 * clusters.
 */
export async function measureStability(
  points: Points,
  fineLabels: Uint32Array,
  centres: Centres,
  fit: FitOptions,
  grouping: GroupingOptions,
): Promise<Stability | null> {
  const fineCount = centres.fine.count
  const part = firstPoints(points, Math.max(minRows, rowsPerCluster * fineCount))
  const seed = `${fit.seed} again`
  try {
    const again = await fitKmeans(part, { ...fit, seed, onProgress: undefined })
    const set = { centres: again.centres, count: again.counts.length, width: points.width }
    const labels = await labelPoints(part, set, fit.threads, fit.signal)
    const grouped = await groupExperts(set, labels.index, { ...grouping, seed })
    const first = fineLabels.subarray(0, part.rows)
    return {
      fine: adjustedRand(first, labels.index),
      experts: adjustedRand(
        first.map((fine) => centres.fine_to_expert[fine]!),
        labels.index.map((fine) => grouped.fine_to_expert[fine]!),
      ),
      rows: part.rows,
    }
  } catch (error) {
    if (error instanceof PipelineError && error.code.startsWith('E_TOO_FEW')) return null
    throw error
  }
}
