import { encodeModel, floats } from '../onnx/model.js'
import type { Session } from '../session.js'
import { openSession } from '../session/open.js'

/** Rows to choose from: row j of `centres` [count, width] scores x · centre_j + bias_j. */
export interface Table {
  readonly centres: Float32Array
  readonly count: number
  readonly bias: Float32Array
}

export interface HighestOf {
  /**
   * [rows, depth]: the rows of the table with the highest scores, best first; among equals the lowest. Where the table has fewer rows than
   * `depth`: `none`.
   */
  readonly index: Uint32Array
  /** [rows, depth]; −Infinity at `none`. */
  readonly score: Float32Array
}

export const none = 4294967295

/** The inner loop of everything in this folder and in k-means: one matrix product and the best columns of each of its rows. */
export interface Highest {
  /** `vectors` holds `rows` rows; a row's result depends on that row and the table alone. `depth` is 1 unless given. */
  of(vectors: Float32Array, rows: number, table: Table, depth?: number): Promise<HighestOf>
  close(): Promise<void>
}

/** Rows of one product: large enough to reach the peak, small enough that its scores stay in the cache. */
const batchRows = 2048
/** Columns of one product, for tables that are larger. */
const tileColumns = 2048
/** Products of fewer rows are filled up, since the kernel for a single row rounds differently. */
const fewestRows = 16

/**
 * A table given as `fixed` is packed once for all products, which saves about a tenth; others may still be asked for. `threads` does not change a
 * bit. Scores are float32; ties within a tile and between tiles go to the lowest index.
 */
export async function openHighest(width: number, threads: number, fixed?: Table): Promise<Highest> {
  const sessionOptions = { threads, reuse_memory: true }
  const session = await openSession(highestModel(width), sessionOptions)
  const packed = new Map<number, Session>()
  for (let first = 0; fixed && first < fixed.count; first += tileColumns) {
    packed.set(first, await openSession(highestModel(width, tileOf(fixed, first, width)), sessionOptions))
  }

  async function product(x: Float32Array, rows: number, table: Table, first: number, depth: number) {
    const shared = {
      x: { type: 'float32', data: x, dims: [rows, width] },
      n: { type: 'int64', data: BigInt64Array.of(BigInt(depth)), dims: [1] },
    } as const
    const tile = tileOf(table, first, width)
    const { i, v } =
      table === fixed
        ? await packed.get(first)!.run(shared)
        : await session.run({
            ...shared,
            c: { type: 'float32', data: tile.centres, dims: [tile.count, width] },
            b: { type: 'float32', data: tile.bias, dims: [tile.count] },
          })
    // Indices are far below 2^32: the low halves of the int64 are read, which spares a BigInt a row.
    const wide = i!.data as BigInt64Array
    return { low: new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2), score: v!.data as Float32Array }
  }

  return {
    async of(vectors, rows, table, depth = 1) {
      const index = new Uint32Array(rows * depth).fill(none)
      const score = new Float32Array(rows * depth).fill(-Infinity)
      for (let start = 0; start < rows; start += batchRows) {
        const count = Math.min(batchRows, rows - start)
        const padded = Math.max(count, fewestRows, rowsAgainstColumns(table.count, threads))
        const x = batch(vectors, start, count, padded, width)
        for (let first = 0; first < table.count; first += tileColumns) {
          const held = Math.min(depth, tileColumns, table.count - first)
          const result = await product(x, padded, table, first, held)
          for (let row = 0; row < count; row++) {
            const into = (start + row) * depth
            for (let rank = 0; rank < held; rank++) {
              const value = result.score[row * held + rank]!
              if (!insert(score, index, into, depth, value, first + result.low[2 * (row * held + rank)]!)) break
            }
          }
        }
      }
      return { index, score }
    },
    async close() {
      for (const opened of [session, ...packed.values()]) await opened.close()
    },
  }
}

/**
 * onnxruntime cuts a product with more columns than rows by columns, one piece a thread, and adds up its terms in longer blocks
 * where a piece has 64 columns or fewer (measured): as many rows as columns keep that from happening.
 */
function rowsAgainstColumns(columns: number, threads: number): number {
  const tiles = columns > tileColumns ? [tileColumns, columns % tileColumns] : [columns]
  return Math.max(...tiles.filter((tile) => tile <= 80 * threads), 0)
}

/** Keeps the best `depth`; an equal score stays behind the one that came first, which has the lower index. */
function insert(score: Float32Array, index: Uint32Array, into: number, depth: number, value: number, candidate: number): boolean {
  let at = into + depth - 1
  if (!(value > score[at]!)) return false
  for (; at > into && value > score[at - 1]!; at--) {
    score[at] = score[at - 1]!
    index[at] = index[at - 1]!
  }
  score[at] = value
  index[at] = candidate
  return true
}

function tileOf(table: Table, first: number, width: number): Table {
  const count = Math.min(tileColumns, table.count - first)
  if (count === table.count) return table
  return { centres: table.centres.subarray(first * width, (first + count) * width), count, bias: table.bias.subarray(first, first + count) }
}

function batch(vectors: Float32Array, start: number, count: number, padded: number, width: number): Float32Array {
  const view = vectors.subarray(start * width, (start + count) * width)
  if (padded === count && !(view.buffer instanceof SharedArrayBuffer)) return view
  const filled = new Float32Array(padded * width)
  filled.set(view)
  return filled
}

/** Gemm (c transposed, with bias) and the n best columns, which costs no more than the one best. Of equal columns the first comes first. */
function highestModel(width: number, packed?: Table): Uint8Array {
  return encodeModel({
    opset: 17,
    nodes: [
      { op: 'Gemm', inputs: ['x', 'c', 'b'], outputs: ['s'], attributes: { transB: { int: 1 } } },
      { op: 'TopK', inputs: ['s', 'n'], outputs: ['v', 'i'], attributes: { axis: { int: 1 } } },
    ],
    inputs: [
      { name: 'x', type: 'float32', dims: ['rows', width] },
      { name: 'n', type: 'int64', dims: [1] },
      ...(packed
        ? []
        : [
            { name: 'c', type: 'float32' as const, dims: ['count', width] },
            { name: 'b', type: 'float32' as const, dims: ['count'] },
          ]),
    ],
    initializers: packed ? [floats('c', packed.centres, [packed.count, width]), floats('b', packed.bias, [packed.count])] : [],
    outputs: [
      { name: 'i', type: 'int64', dims: ['rows', 'depth'] },
      { name: 'v', type: 'float32', dims: ['rows', 'depth'] },
    ],
  })
}

/** Bias that makes the highest score the nearest centre: −‖c‖²/2, and half a price on top where sizes are bounded. */
export function nearestBias(centres: Float32Array, count: number, width: number, price?: Float64Array): Float32Array {
  const bias = new Float32Array(count)
  for (let j = 0; j < count; j++) {
    let norm = 0
    for (let t = j * width; t < (j + 1) * width; t++) norm += centres[t]! * centres[t]!
    bias[j] = -(norm + (price ? price[j]! : 0)) / 2
  }
  return bias
}
