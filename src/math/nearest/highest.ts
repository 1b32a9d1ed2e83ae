import { encodeModel } from '../onnx/model.js'
import { openSession } from '../session/open.js'

/** Rows to choose from: row j of `centres` [count, width] scores x · centre_j + bias_j. */
export interface Table {
  readonly centres: Float32Array
  readonly count: number
  readonly bias: Float32Array
}

export interface HighestOf {
  /** The row with the highest score; among equals the lowest. */
  readonly index: Uint32Array
  readonly score: Float32Array
}

/** The inner loop of everything in this folder and in k-means: one matrix product and the best column of each of its rows. */
export interface Highest {
  /** `vectors` holds `rows` rows; a row's result depends on that row and the table alone. */
  of(vectors: Float32Array, rows: number, table: Table): Promise<HighestOf>
  close(): Promise<void>
}

/** Rows of one product: large enough to reach the peak, small enough that its scores stay in the cache. */
const batchRows = 2048
/** Columns of one product, for tables that are larger. */
const tileColumns = 2048
/** Products of fewer rows are filled up, since the kernel for a single row rounds differently. */
const fewestRows = 16

/** `threads` does not change a bit. Scores are float32; ties within a tile and between tiles go to the lowest index. */
export async function openHighest(width: number, threads: number): Promise<Highest> {
  const session = await openSession(highestModel(width), { threads, reuse_memory: true })

  async function product(x: Float32Array, rows: number, centres: Float32Array, bias: Float32Array, count: number) {
    const { i, v } = await session.run({
      x: { type: 'float32', data: x, dims: [rows, width] },
      c: { type: 'float32', data: centres, dims: [count, width] },
      b: { type: 'float32', data: bias, dims: [count] },
    })
    // Indices are far below 2^32: the low halves of the int64 are read, which spares a BigInt a row.
    const wide = i!.data as BigInt64Array
    return { low: new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2), score: v!.data as Float32Array }
  }

  return {
    async of(vectors, rows, table) {
      const index = new Uint32Array(rows)
      const score = new Float32Array(rows)
      for (let start = 0; start < rows; start += batchRows) {
        const count = Math.min(batchRows, rows - start)
        const padded = Math.max(count, fewestRows)
        const x = batch(vectors, start, count, padded, width)
        for (let first = 0; first < table.count; first += tileColumns) {
          const columns = Math.min(tileColumns, table.count - first)
          const whole = columns === table.count
          const tile = whole ? table.centres : table.centres.subarray(first * width, (first + columns) * width)
          const result = await product(x, padded, tile, whole ? table.bias : table.bias.subarray(first, first + columns), columns)
          for (let row = 0; row < count; row++) {
            const value = result.score[row]!
            if (first > 0 && !(value > score[start + row]!)) continue
            score[start + row] = value
            index[start + row] = first + result.low[2 * row]!
          }
        }
      }
      return { index, score }
    },
    close: () => session.close(),
  }
}

function batch(vectors: Float32Array, start: number, count: number, padded: number, width: number): Float32Array {
  const view = vectors.subarray(start * width, (start + count) * width)
  if (padded === count && !(view.buffer instanceof SharedArrayBuffer)) return view
  const filled = new Float32Array(padded * width)
  filled.set(view)
  return filled
}

/** Gemm (c transposed, with bias) → ArgMax → the value at it. The first of equal columns wins. */
function highestModel(width: number): Uint8Array {
  return encodeModel({
    opset: 17,
    nodes: [
      { op: 'Gemm', inputs: ['x', 'c', 'b'], outputs: ['s'], attributes: { transB: { int: 1 } } },
      { op: 'ArgMax', inputs: ['s'], outputs: ['i'], attributes: { axis: { int: 1 }, keepdims: { int: 1 }, select_last_index: { int: 0 } } },
      { op: 'GatherElements', inputs: ['s', 'i'], outputs: ['v'], attributes: { axis: { int: 1 } } },
    ],
    inputs: [
      { name: 'x', type: 'float32', dims: ['rows', width] },
      { name: 'c', type: 'float32', dims: ['count', width] },
      { name: 'b', type: 'float32', dims: ['count'] },
    ],
    outputs: [
      { name: 'i', type: 'int64', dims: ['rows', 1] },
      { name: 'v', type: 'float32', dims: ['rows', 1] },
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
