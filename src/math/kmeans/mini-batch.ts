import { nearestBias, type TopK } from '../nearest/top-k.js'
import type { Points } from '../points.js'
import { ClusterSums, fixedOne } from './lloyd/sums.js'
import { normalise } from './lloyd/update.js'

export interface MiniBatchOptions {
  readonly topK: TopK
  readonly batch_rows: number
  readonly spherical: boolean
  readonly onBlock?: ((rows: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * One epoch of mini-batch k-means (Sculley 2010): after each batch a centre moves to the running mean of all
 * the points it has received, so its learning rate is one over its count. Batches are in the order of the
 * points. Changes `centres` and `counts` in place; `counts` carry over between epochs.
 */
export async function miniBatchEpoch(
  points: Points,
  centres: Float32Array,
  counts: Float64Array,
  options: MiniBatchOptions,
): Promise<void> {
  const { rows, width } = points
  const clusters = counts.length
  const { topK, batch_rows: batchRows } = options
  const bias = nearestBias(centres, clusters, width)
  const sums = new ClusterSums(clusters, width)
  for (let start = 0; start < rows; start += batchRows) {
    options.signal?.throwIfAborted()
    const end = Math.min(rows, start + batchRows)
    const block = await points.read(start, end)
    const { index } = await topK.search(block, end - start, { centres, count: clusters, bias })
    sums.clear()
    await sums.add(block, end - start, index, topK)
    for (let j = 0; j < clusters; j++) {
      const count = sums.counts[j]!
      if (count === 0) continue
      counts[j] = counts[j]! + count
      const rate = count / counts[j]!
      const scale = 1 / (count * fixedOne)
      const at = j * width
      for (let t = at; t < at + width; t++)
        centres[t] = centres[t]! + rate * (sums.sums[t]! * scale - centres[t]!)
      if (options.spherical) normalise(centres, at, width)
      bias[j] = nearestBias(centres.subarray(at, at + width), 1, width)[0]!
    }
    options.onBlock?.(end - start)
  }
}
