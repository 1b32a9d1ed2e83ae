import { tuneBreadth, type ApproximateSearch, type Gate, type Gated } from './approximate/gate.js'
import type { CentreSet } from './exact.js'
import { maxKept, openFilter } from './filter.js'
import { openThreadPool, sharedTable } from './thread-pool.js'
import { emptyNearestScores, sliceScores } from './tiled-top-k.js'
import { nearestBias, type Table } from './table.js'

/** How many centres per row are compared exactly; the gate picks the smallest that suffices. */
const keeps = [4, 8, 16, maxKept]

/**
 * Compares all centres as 8-bit integers and the best few in float64 (see `Filter`). Neither the number of
 * threads nor the CPU's instruction set changes a bit of the result.
 */
export async function openFiltered(
  { centres, count, width }: CentreSet,
  threads: number,
): Promise<ApproximateSearch> {
  const table: Table = { centres, count, bias: nearestBias(centres, count, width) }
  let keep = keeps[0]!
  const setBreadth = (breadth: number) => void (keep = breadth)
  if (threads === 1) {
    const filter = await openFilter(width, table)
    return {
      setBreadth,
      async nearest(vectors, rows) {
        const scores = emptyNearestScores(rows)
        await filter.fill(scores, vectors, rows, keep)
        return scores
      },
      close: () => filter.close(),
    }
  }
  const pool = await openThreadPool(width, threads, { type: 'open filter', width, table: sharedTable(table) })
  return {
    setBreadth,
    async nearest(vectors, rows) {
      const scores = emptyNearestScores(rows, SharedArrayBuffer)
      await pool.parallelFor(vectors, rows, ({ vectors: some, start, end }) => ({
        type: 'filter',
        scores: sliceScores(scores, start, end, rows),
        vectors: some,
        rows: end - start,
        keep,
      }))
      return scores
    },
    close: () => pool.close(),
  }
}

/** A filtered search that passes the gate. Throws `E_RECALL_TOO_LOW`. */
export async function openGatedFilter(gate: Gate): Promise<Gated> {
  return tuneBreadth(await openFiltered(gate.set, gate.threads), keeps, gate)
}
