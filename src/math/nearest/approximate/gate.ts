import { PipelineError } from '../../../core/error.js'
import { openExact, type CentreSet, type NearestSearch } from '../exact.js'

/** A search that can miss the nearest centre: less often with a larger breadth. */
export interface ApproximateSearch extends NearestSearch {
  /** A larger breadth has a higher recall and is slower. */
  setBreadth(breadth: number): void
}

export interface Gated {
  readonly search: NearestSearch
  readonly recall: number
  readonly breadth: number
}

export interface Gate {
  readonly set: CentreSet
  /** Rows to measure the recall on. */
  readonly probe: { readonly vectors: Float32Array; readonly rows: number }
  readonly min_recall: number
  readonly threads: number
}

/** Distances that differ less are equal up to float32 rounding, so either centre counts as found. */
const tolerance = 1e-6

/**
 * Sets the smallest breadth at which the search finds at least `min_recall` of the nearest centres of the
 * probe, compared with an exact search. A pure function of its arguments. Throws `E_RECALL_TOO_LOW` and
 * closes the search if no breadth suffices.
 */
export async function tuneBreadth(
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
    const hits = found.distance.filter((distance, row) => distance <= truth.distance[row]! + tolerance).length
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
