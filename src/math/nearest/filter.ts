import { openWorkspace } from '../kernels/workspace.js'
import { integers } from '../onnx/model.js'
import type { Session } from '../session.js'
import { openSession } from '../session/open.js'
import { lowHalves } from './best-columns.js'
import { insert } from './insert.js'
import {
  maxVectorStep,
  packCentres,
  packedWidthOf,
  roundingError,
  scaleOf,
  tileModel,
  zeroPoint,
} from './int8.js'
import type { NearestScores } from './tiled-top-k.js'
import type { Table } from './table.js'

const batchRows = 512
const lowestInt32 = -2147483648
/** Columns of one product: its scores are still in the cache when the best of them are chosen. */
const tileColumns = 1024
/** Upper limit on the candidates per row that are compared exactly. */
export const maxKept = 32

/**
 * Nearest centres in two steps. First, all centres are scored with 8-bit integers: a score is the integer sum
 * of x · c and the bias −‖c‖²/2, exact and the same on every CPU. Then the best few whose scores are within
 * rounding error of the best are compared by their distance in float64, in a fixed order. A centre is missed
 * only if rounding moves its score by more than that error or out of the best few, so callers measure the
 * recall. A row's result depends on that row and the table alone, not on the CPU's instruction set.
 */
export interface Filter {
  /**
   * Fills `index`, `score` (minus half the squared distance) and `distance`; compares at most `keep` centres
   * per row exactly.
   */
  fill(scores: NearestScores, vectors: Float32Array, rows: number, keep: number): Promise<void>
  close(): Promise<void>
}

export async function openFilter(width: number, table: Table): Promise<Filter> {
  const scale = scaleOf(table)
  const packed = packedWidthOf(width)
  const tiles: { first: number; count: number; session: Session }[] = []
  for (let first = 0; first < table.count; first += tileColumns) {
    const count = Math.min(tileColumns, table.count - first)
    const centres = packCentres(table, first, count, width, packed, scale)
    tiles.push({
      first,
      count,
      session: await openSession(tileModel(centres, packed, count), { threads: 1, reuse_memory: true }),
    })
  }
  const { arrays, at, kernels } = openWorkspace({
    vectors: [Float32Array, batchRows * width],
    quantised: [Uint8Array, batchRows * packed],
    centres: [Float32Array, table.count * width],
    errors: [Float64Array, maxVectorStep + 1],
    scores: [Int32Array, batchRows * maxKept],
    candidates: [Uint32Array, batchRows * maxKept],
    index: [Uint32Array, batchRows],
    score: [Float32Array, batchRows],
    distance: [Float32Array, batchRows],
  })
  arrays.centres.set(table.centres)
  arrays.errors.set(Array.from(arrays.errors, (_, multiple) => roundingError(scale, multiple)))

  return {
    async fill({ index, score, distance }, vectors, rows, keep) {
      const kept = Math.min(keep, maxKept)
      for (let start = 0; start < rows; start += batchRows) {
        const count = Math.min(batchRows, rows - start)
        arrays.vectors.set(vectors.subarray(start * width, (start + count) * width))
        kernels.quantise(
          at.vectors,
          count,
          width,
          at.quantised,
          packed,
          scale.room,
          scale.per_multiple,
          maxVectorStep,
          zeroPoint,
        )
        arrays.scores.fill(lowestInt32, 0, count * kept)
        for (const tile of tiles) await candidates(tile, count, kept)
        kernels.refine(
          at.vectors,
          count,
          width,
          at.centres,
          at.quantised,
          packed,
          zeroPoint,
          kept,
          at.scores,
          at.candidates,
          lowestInt32,
          at.errors,
          at.index,
          at.score,
          at.distance,
        )
        index.set(arrays.index.subarray(0, count), start)
        score.set(arrays.score.subarray(0, count), start)
        distance.set(arrays.distance.subarray(0, count), start)
      }
    },
    async close() {
      for (const { session } of tiles) await session.close()
    },
  }

  /** Merges the best `keep` of a tile into the best of all tiles before it. */
  async function candidates(
    { first, count, session }: (typeof tiles)[number],
    rows: number,
    keep: number,
  ): Promise<void> {
    const kept = Math.min(keep, count)
    const x = {
      type: 'uint8',
      data: arrays.quantised.subarray(0, rows * packed),
      dims: [rows, packed],
    } as const
    const { v, i } = await session.run({ x, n: integers('n', [kept]) })
    const values = v!.data as Int32Array
    const column = lowHalves(i!)
    for (let row = 0; row < rows; row++) {
      for (let at = row * kept; at < (row + 1) * kept; at++) {
        if (!insert(arrays.scores, arrays.candidates, row * keep, keep, values[at]!, first + column[2 * at]!))
          break
      }
    }
  }
}
