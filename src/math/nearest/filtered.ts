import { passGate, type ApproximateSearch, type Gate, type Gated } from './approximate/gate.js'
import type { CentreSet } from './exact.js'
import { mostKept, openFilter } from './filter.js'
import { openLanes, sharedTable } from './lanes.js'
import { nearestScores, partOf } from './product.js'
import { nearestBias, type Table } from './table.js'

/** Centres of each row that are compared exactly; more where the gate asks for more. */
const keeps = [4, 8, 16, mostKept]

/**
 * All centres as 8-bit integers, the best few in float64 (`Filter`). `threads` does not change a bit, nor
 * does the CPU's instruction set.
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
        const scores = nearestScores(rows)
        await filter.into(scores, vectors, rows, keep)
        return scores
      },
      close: () => filter.close(),
    }
  }
  const lanes = await openLanes(width, threads, { type: 'open filter', width, table: sharedTable(table) })
  return {
    setBreadth,
    async nearest(vectors, rows) {
      const scores = nearestScores(rows, SharedArrayBuffer)
      await lanes.spread(vectors, rows, ({ vectors: some, start, end }) => ({
        type: 'filter',
        scores: partOf(scores, start, end, rows),
        vectors: some,
        rows: end - start,
        keep,
      }))
      return scores
    },
    close: () => lanes.close(),
  }
}

/** A filtered search that passes the gate. Throws `E_RECALL_TOO_LOW`. */
export async function openGatedFilter(gate: Gate): Promise<Gated> {
  return passGate(await openFiltered(gate.set, gate.threads), keeps, gate)
}
