import { PipelineError } from '../../../core/error.js'
import { openExact, type CentreSet, type NearestSearch } from '../exact.js'

/** A search that may miss the nearest centre, the less so the broader it is. */
export interface ApproximateSearch extends NearestSearch {
  /** More finds more and takes longer. */
  setBreadth(breadth: number): void
}

export interface Gated {
  readonly search: NearestSearch
  readonly recall: number
  readonly breadth: number
}

export interface Gate {
  readonly set: CentreSet
  /** Rows that the recall is measured on. */
  readonly probe: { readonly vectors: Float32Array; readonly rows: number }
  readonly least_recall: number
  readonly threads: number
}

/** A centre as near as the nearest, up to float32 rounding, counts as found. */
const sameDistance = 1e-6

/**
 * Sets the smallest of the breadths that finds at least `least_recall` of the nearest centres of the probe;
 * the truth comes from the exact search. A pure function of its arguments. Throws `E_RECALL_TOO_LOW` where no
 * breadth suffices, and closes the search then.
 */
export async function passGate(
  search: ApproximateSearch,
  breadths: readonly number[],
  { set, probe, least_recall: least, threads }: Gate,
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
    if (recall >= least) return { search, recall, breadth }
    best = Math.max(best, recall)
  }
  await search.close()
  throw new PipelineError({
    code: 'E_RECALL_TOO_LOW',
    message: 'the approximate search misses too many nearest centres',
    expected: `recall of at least ${least}`,
    found: `${best} on ${probe.rows} rows, at the largest breadth of ${breadths.at(-1)}`,
    hint: 'set `search: exact`, or a lower `min_recall`',
  })
}
