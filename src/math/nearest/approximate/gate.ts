import { PipelineError } from '../../../core/error.js'
import { openExact, type CentreSet, type NearestSearch } from '../exact.js'

/** A search that can miss the nearest centre; the broader it is, the less often. */
export interface ApproximateSearch extends NearestSearch {
  /** A larger breadth finds more and takes longer. */
  setBreadth(breadth: number): void
}

export interface Gated {
  readonly search: NearestSearch
  readonly recall: number
  readonly breadth: number
}

export interface Gate {
  readonly set: CentreSet
  /** Rows on which the recall is measured. */
  readonly probe: { readonly vectors: Float32Array; readonly rows: number }
  readonly min_recall: number
  readonly threads: number
}

/** A centre as near as the nearest, up to float32 rounding, counts as found. */
const sameDistance = 1e-6

/**
 * Sets the smallest breadth at which the search finds at least `min_recall` of the nearest centres of the
 * probe, compared with an exact search. A pure function of its arguments. Throws `E_RECALL_TOO_LOW` and
 * closes the search if no breadth suffices.
 */
export async function passGate(
  search: ApproximateSearch,
  breadths: readonly number[],
  { set, probe, min_recall, threads }: Gate,
): Promise<Gated> {
  const exact = await openExact(set, threads)
  const truth = await exact.nearest(probe.vectors, probe.rows)
  await exact.close()
  let best = 0
  for (const breadth of breadths) {
    search.setBreadth(breadth)
    const found = await search.nearest(probe.vectors, probe.rows)
    const hits = found.distance.filter(
      (distance, row) => distance <= truth.distance[row]! + sameDistance,
    ).length
    const recall = probe.rows === 0 ? 1 : hits / probe.rows
    if (recall >= min_recall) return { search, recall, breadth }
    best = Math.max(best, recall)
  }
  await search.close()
  throw new PipelineError({
    code: 'E_RECALL_TOO_LOW',
    message: 'the approximate search misses too many nearest centres',
    expected: `recall of at least ${min_recall}`,
    found: `${best} on ${probe.rows} rows, at the largest breadth of ${breadths.at(-1)}`,
    hint: 'set `search: exact`, or a lower `min_recall`',
  })
}
