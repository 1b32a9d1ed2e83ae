import { encodeModel, floats } from '../onnx/model.js'
import type { Session } from '../session.js'
import { openSession } from '../session/open.js'
import { distances } from './distance.js'
import { none, type Table } from './table.js'

/** Columns of one product, for tables that are larger. */
const tileColumns = 2048
/** Scores of one product: few enough to stay in the cache until the best of them are chosen. */
const mostScores = 524288
const mostRows = 2048
/** Products of fewer rows are filled up, since the kernel for a single row rounds differently. */
const fewestRows = 16

/** Where the highest scores go: [rows, depth] each, filled with `none` and −Infinity before. */
export interface Scores {
  readonly index: Uint32Array
  readonly score: Float32Array
  /** [rows], where it is asked for: Euclidean distance to the best, in float64 in a fixed order. */
  readonly distance?: Float32Array | undefined
}

export interface NearestScores extends Scores {
  readonly distance: Float32Array
}

/** Matrix products in this thread, and the best columns of each of their rows. */
export interface Product {
  /** `vectors` [rows, width]; each row's result depends on that row and the table alone. */
  into(scores: Scores, vectors: Float32Array, rows: number, table: Table, depth: number): Promise<void>
  close(): Promise<void>
}

/**
 * A table given as `fixed` is packed once for all products, which saves about a tenth; others may still be asked for. Scores are float32;
 * ties within a tile and between tiles go to the lowest index.
 */
export async function openProduct(width: number, fixed?: Table): Promise<Product> {
  const sessionOptions = { threads: 1, reuse_memory: true }
  const session = await openSession(highestModel(width), sessionOptions)
  const packed = new Map<number, Session>()
  let scratch = new Float32Array(0)

  /** A copy where the memory is shared or rows are missing: always in the same place, which is ten times faster than a new one. */
  function batch(vectors: Float32Array, start: number, count: number, padded: number): Float32Array {
    const view = vectors.subarray(start * width, (start + count) * width)
    if (padded === count && !(view.buffer instanceof SharedArrayBuffer)) return view
    if (scratch.length < padded * width) scratch = new Float32Array(padded * width)
    const filled = scratch.subarray(0, padded * width).fill(0, count * width)
    filled.set(view)
    return filled
  }
  for (let first = 0; fixed && first < fixed.count; first += tileColumns) {
    packed.set(first, await openSession(highestModel(width, tileOf(fixed, first, width)), sessionOptions))
  }

  async function product(x: Float32Array, rows: number, tile: Table, depth: number, opened?: Session) {
    const shared = {
      x: { type: 'float32', data: x, dims: [rows, width] },
      n: { type: 'int64', data: BigInt64Array.of(BigInt(depth)), dims: [1] },
    } as const
    const { i, v } = opened
      ? await opened.run(shared)
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
    async into({ index, score, distance }, vectors, rows, table, depth) {
      for (let first = 0; first < table.count; first += tileColumns) {
        const opened = table === fixed ? packed.get(first) : undefined
        const tile = opened ? { ...table, count: Math.min(tileColumns, table.count - first) } : unshared(tileOf(table, first, width))
        const held = Math.min(depth, tile.count)
        const batchRows = Math.max(fewestRows, Math.min(mostRows, Math.floor(mostScores / tile.count)))
        for (let start = 0; start < rows; start += batchRows) {
          const count = Math.min(batchRows, rows - start)
          const padded = Math.max(count, fewestRows)
          const result = await product(batch(vectors, start, count, padded), padded, tile, held, opened)
          for (let row = 0; row < count; row++) {
            const into = (start + row) * depth
            for (let rank = 0; rank < held; rank++) {
              const value = result.score[row * held + rank]!
              if (!insert(score, index, into, depth, value, first + result.low[2 * (row * held + rank)]!)) break
            }
          }
        }
      }
      if (distance) distances(distance, vectors, table.centres, width, index)
    },
    async close() {
      for (const opened of [session, ...packed.values()]) await opened.close()
    },
  }
}

export function emptyScores(rows: number, depth: number, kind: new (bytes: number) => ArrayBufferLike = ArrayBuffer): Scores {
  const bytes = 4 * rows * depth
  return { index: new Uint32Array(new kind(bytes)).fill(none), score: new Float32Array(new kind(bytes)).fill(-Infinity) }
}

export function nearestScores(rows: number, kind: new (bytes: number) => ArrayBufferLike = ArrayBuffer): NearestScores {
  return { ...emptyScores(rows, 1, kind), distance: new Float32Array(new kind(4 * rows)) }
}

/** Rows `start` to `end` (exclusive) of `rows`, as views. */
export function partOf<S extends Scores>(scores: S, start: number, end: number, rows: number): S {
  const depth = scores.index.length / rows
  const { index, score, distance } = scores
  return { ...scores, index: index.subarray(start * depth, end * depth), score: score.subarray(start * depth, end * depth), ...(distance && { distance: distance.subarray(start, end) }) }
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

/** onnxruntime does not take shared memory. */
function unshared(table: Table): Table {
  if (!(table.centres.buffer instanceof SharedArrayBuffer)) return table
  return { centres: table.centres.slice(), count: table.count, bias: table.bias.slice() }
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
