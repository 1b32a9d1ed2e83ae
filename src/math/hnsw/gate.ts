import { PipelineError } from '../../core/error.js'
import { openExact, type CentreSet, type NearestSearch } from '../nearest/exact.js'
import { openHnsw } from './hnsw.js'

export interface Gated {
  readonly search: NearestSearch
  readonly recall: number
  readonly breadth: number
}

const breadths = [32, 64, 128, 256, 512]
/** A centre as near as the nearest, up to float32 rounding, counts as found. */
const sameDistance = 1e-6

/**
 * A graph search that finds at least `leastRecall` of the nearest centres of the probe vectors, by the smallest breadth that does; the truth comes
 * from the
 * exact search. A pure function of its arguments. Throws `E_RECALL_TOO_LOW` where no breadth suffices, and `E_HNSW_MISSING`.
 */
export async function openGatedHnsw(
  set: CentreSet,
  probe: { readonly vectors: Float32Array; readonly rows: number },
  leastRecall: number,
  threads: number,
): Promise<Gated> {
  const search = await openHnsw(set)
  const exact = await openExact(set, threads)
  const truth = await exact.nearest(probe.vectors, probe.rows)
  await exact.close()
  let best = 0
  for (const breadth of breadths) {
    search.setBreadth(breadth)
    const found = await search.nearest(probe.vectors, probe.rows)
    const hits = found.distance.filter((distance, row) => distance <= truth.distance[row]! + sameDistance).length
    const recall = probe.rows === 0 ? 1 : hits / probe.rows
    if (recall >= leastRecall) return { search, recall, breadth }
    best = Math.max(best, recall)
  }
  await search.close()
  throw new PipelineError({
    code: 'E_RECALL_TOO_LOW',
    message: 'the graph search misses too many nearest centres',
    expected: `recall of at least ${leastRecall}`,
    found: `${best} on ${probe.rows} rows, at the largest breadth of ${breadths.at(-1)}`,
    hint: 'set `search: exact`, or a lower `min_recall`',
  })
}
