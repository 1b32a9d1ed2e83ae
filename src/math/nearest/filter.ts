import type { Session } from '../session.js'
import { openSession } from '../session/open.js'
import { squaredDistance } from './distance.js'
import { margin, packCentres, packedWidthOf, quantiserModel, scaleOf, tileModel } from './int8.js'
import type { NearestScores } from './product.js'
import type { Table } from './table.js'

const batchRows = 512
/** Columns of one product: its scores stay in the cache until the best of them are chosen. */
const tileColumns = 1024

/**
 * Nearest centres in two steps. First all centres as 8-bit integers: a score is the integer sum of x · c and the bias −‖c‖²/2, exact and the same
 * on every CPU. Then the best few whose scores lie within the doubt of rounding, by their distance in float64 in a fixed order. A centre is missed only
 * if rounding moves it by more than the doubt or out of the best few, so callers measure the recall. A row's answer depends on that row and the table
 * alone, and on no instruction set.
 */
export interface Filter {
  /** Fills `index`, `score` (half the squared distance, negative) and `distance`; compares `keep` centres of each row at most. */
  into(scores: NearestScores, vectors: Float32Array, rows: number, keep: number): Promise<void>
  close(): Promise<void>
}

export async function openFilter(width: number, table: Table): Promise<Filter> {
  const scale = scaleOf(table)
  const packedWidth = packedWidthOf(width)
  const options = { threads: 1, reuse_memory: true }
  const quantiser = await openSession(quantiserModel(width, packedWidth, scale), options)
  const tiles: { first: number; count: number; session: Session }[] = []
  for (let first = 0; first < table.count; first += tileColumns) {
    const count = Math.min(tileColumns, table.count - first)
    const packed = packCentres(table, first, count, width, packedWidth, scale)
    tiles.push({ first, count, session: await openSession(tileModel(packed, packedWidth, count), options) })
  }
  const batch = new Float32Array(batchRows * width)

  return {
    async into({ index, score, distance }, vectors, rows, keep) {
      const best = new Int32Array(batchRows * keep)
      const columns = new Uint32Array(batchRows * keep)
      for (let start = 0; start < rows; start += batchRows) {
        const count = Math.min(batchRows, rows - start)
        const some = batch.subarray(0, count * width)
        some.set(vectors.subarray(start * width, (start + count) * width))
        const { q, m } = await quantiser.run({ v: { type: 'float32', data: some, dims: [count, width] } })
        const multiples = m!.data as Float32Array
        best.fill(lowest)
        for (const tile of tiles) await candidates(tile, q!.data as Uint8Array, count, keep, best, columns)
        for (let row = 0; row < count; row++) {
          const at = row * keep
          const from = (start + row) * width
          let nearest = columns[at]!
          let least = squaredDistance(vectors, from, table.centres, nearest * width, width)
          const enough = Math.max(lowest + 1, best[at]! - margin(scale, multiples[row]!))
          for (let rank = 1; rank < keep && best[at + rank]! >= enough; rank++) {
            const other = columns[at + rank]!
            const squared = squaredDistance(vectors, from, table.centres, other * width, width)
            if (squared > least || (squared === least && other > nearest)) continue
            nearest = other
            least = squared
          }
          index[start + row] = nearest
          score[start + row] = -least / 2
          distance[start + row] = Math.sqrt(least)
        }
      }
    },
    async close() {
      await quantiser.close()
      for (const { session } of tiles) await session.close()
    },
  }

  /** The best `keep` of a tile, into the best of all tiles before it. */
  async function candidates({ first, count, session }: (typeof tiles)[number], x: Uint8Array, rows: number, keep: number, best: Int32Array, columns: Uint32Array): Promise<void> {
    const held = Math.min(keep, count)
    const { v, i } = await session.run({
      x: { type: 'uint8', data: x, dims: [rows, packedWidth] },
      n: { type: 'int64', data: BigInt64Array.of(BigInt(held)), dims: [1] },
    })
    const values = v!.data as Int32Array
    const wide = i!.data as BigInt64Array
    // Columns are far below 2^32: the low halves of the int64 are read, which spares a BigInt each.
    const low = new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2)
    for (let row = 0; row < rows; row++) {
      const end = (row + 1) * keep - 1
      for (let rank = 0; rank < held; rank++) {
        const value = values[row * held + rank]!
        if (value <= best[end]!) break
        let at = end
        for (; at > row * keep && value > best[at - 1]!; at--) {
          best[at] = best[at - 1]!
          columns[at] = columns[at - 1]!
        }
        best[at] = value
        columns[at] = first + low[2 * (row * held + rank)]!
      }
    }
  }
}

const lowest = -2147483648
