import { openWorkspace } from '../kernels/workspace.js'
import { encodeModel, floats } from '../onnx/model.js'
import type { Session } from '../session.js'
import { openSession } from '../session/open.js'
import { bestColumns, bestOutputs, paddedColumns, runBest } from './best-columns.js'
import { insert } from './insert.js'
import { none, type Table } from './table.js'

/** Larger tables are cut into tiles of this many columns. */
const tileColumns = 2048
/** Scores of one product: few enough to be in the cache still when the best of them are chosen. */
const maxScores = 393216
const maxRows = 2048
/** Products of fewer rows are padded, since the kernel for a single row rounds differently. */
const minRows = 16

/** Where the highest scores go: [rows, k] each, initially `none` and −Infinity. */
export interface Scores {
  readonly index: Uint32Array
  readonly score: Float32Array
  /** [rows], if wanted: Euclidean distance to the best, computed in float64 in a fixed order. */
  readonly distance?: Float32Array | undefined
}

export interface NearestScores extends Scores {
  readonly distance: Float32Array
}

/** Matrix products in this thread, and the k best columns of each of their rows. */
export interface Product {
  /**
   * Fills `scores` for `vectors` [rows, width]. A row's result depends on that row and the table alone.
   * Distances are to rows of the fixed table.
   */
  fill(scores: Scores, vectors: Float32Array, rows: number, table: Table | 'fixed', k: number): Promise<void>
  close(): Promise<void>
}

/** `count` columns of a table, from column `first`. */
interface Tile {
  readonly first: number
  readonly count: number
  readonly run: Session['run']
}

/** Rows `from` to `from + count` of the block, whose first row is row `start` of the scores. */
interface BlockRows {
  readonly scores: Scores
  readonly start: number
  readonly from: number
  readonly count: number
  readonly k: number
}

/**
 * A table given as `fixed` is packed once for all products, which saves about a tenth; other tables can still
 * be used. Scores are float32; ties within a tile and between tiles go to the lowest index.
 */
export async function openProduct(width: number, fixed?: Table): Promise<Product> {
  const paddedWidth = width + 1
  const sessionOptions = { threads: 1, reuse_memory: true }
  const free = await openSession(topKModel(paddedWidth), sessionOptions)
  const sessions = [free]
  const packed: Tile[] = []
  for (const { first, count, rows } of fixed ? partsOf(fixed, width) : []) {
    const session = await openSession(topKModel(paddedWidth, rows), sessionOptions)
    sessions.push(session)
    packed.push({ first, count, run: session.run })
  }
  const { arrays, at, kernels } = openWorkspace({
    block: [Float32Array, (maxRows + minRows) * paddedWidth],
    centres: [Float32Array, fixed ? fixed.count * width : 0],
    index: [Uint32Array, maxRows],
    distance: [Float32Array, maxRows],
  })
  if (fixed) arrays.centres.set(fixed.centres)

  function* tilesOf(table: Table): Generator<Tile> {
    for (const { first, count, rows } of partsOf(table, width)) {
      const c = { type: 'float32', data: rows, dims: [paddedColumns(count), paddedWidth] } as const
      yield { first, count, run: (feeds) => free.run({ ...feeds, c }) }
    }
  }

  /** Multiplies some rows of the block by one tile and merges the best columns into the scores. */
  async function compare(tile: Tile, { scores, start, from, count, k }: BlockRows): Promise<void> {
    const { index, score } = scores
    const kept = Math.min(k, tile.count)
    const products = Math.max(count, minRows)
    const x = {
      type: 'float32',
      data: arrays.block.subarray(from * paddedWidth, (from + products) * paddedWidth),
      dims: [products, paddedWidth],
    } as const
    const found = await runBest(tile.run, { x }, count, tile.count, kept)
    for (let row = 0; row < count; row++) {
      const first = (start + from + row) * k
      for (let at = row * kept; at < (row + 1) * kept; at++) {
        if (!insert(score, index, first, k, found.score[at]!, tile.first + found.column[at]!)) break
      }
    }
  }

  return {
    async fill(scores, vectors, rows, table, k) {
      const { block, index, distance } = arrays
      // The tiles of a fixed table are all packed; those of another table are packed one at a time.
      for (const tiles of table === 'fixed' ? [packed] : oneByOne(tilesOf(table))) {
        const batchRows = Math.max(minRows, Math.min(maxRows, Math.floor(maxScores / tiles[0]!.count)))
        // With several tiles, more rows share each reading of a tile.
        const blockRows = tiles.length > 1 ? maxRows : batchRows
        for (let start = 0; start < rows; start += blockRows) {
          const count = Math.min(blockRows, rows - start)
          block.set(vectors.subarray(start * width, (start + count) * width), count)
          kernels.widen(at.block, count, width)
          block.fill(0, count * paddedWidth, (count + minRows) * paddedWidth)
          for (const tile of tiles) {
            for (let from = 0; from < count; from += batchRows)
              await compare(tile, { scores, start, from, count: Math.min(batchRows, count - from), k })
          }
          if (!scores.distance) continue
          index.set(scores.index.subarray(start, start + count))
          kernels.distances(
            at.block,
            count,
            paddedWidth,
            width,
            at.centres,
            arrays.centres.length / width,
            at.index,
            at.distance,
          )
          scores.distance.set(distance.subarray(0, count), start)
        }
      }
    },
    async close() {
      for (const session of sessions) await session.close()
    },
  }
}

export function emptyScores(
  rows: number,
  k: number,
  kind: new (bytes: number) => ArrayBufferLike = ArrayBuffer,
): Scores {
  const bytes = 4 * rows * k
  return {
    index: new Uint32Array(new kind(bytes)).fill(none),
    score: new Float32Array(new kind(bytes)).fill(-Infinity),
  }
}

export function nearestScores(
  rows: number,
  kind: new (bytes: number) => ArrayBufferLike = ArrayBuffer,
): NearestScores {
  return { ...emptyScores(rows, 1, kind), distance: new Float32Array(new kind(4 * rows)) }
}

/** Views of rows `start` to `end` (exclusive); `rows` is the number of rows of `scores`. */
export function partOf<S extends Scores>(scores: S, start: number, end: number, rows: number): S {
  const k = scores.index.length / rows
  const { index, score, distance } = scores
  return {
    ...scores,
    index: index.subarray(start * k, end * k),
    score: score.subarray(start * k, end * k),
    ...(distance && { distance: distance.subarray(start, end) }),
  }
}

/**
 * Parts of at most `tileColumns` rows. Each row is a centre followed by its bias; rows whose bias is
 * −Infinity pad a part.
 */
function* partsOf(
  { centres, count, bias }: Table,
  width: number,
): Generator<{ readonly first: number; readonly count: number; readonly rows: Float32Array }> {
  for (let first = 0; first < count; first += tileColumns) {
    const part = Math.min(tileColumns, count - first)
    const rows = new Float32Array(paddedColumns(part) * (width + 1))
    for (let row = 0; row < rows.length / (width + 1); row++) {
      const at = row * (width + 1)
      if (row < part) rows.set(centres.subarray((first + row) * width, (first + row + 1) * width), at)
      rows[at + width] = row < part ? bias[first + row]! : -Infinity
    }
    yield { first, count: part, rows }
  }
}

function* oneByOne(tiles: Iterable<Tile>): Generator<Tile[]> {
  for (const tile of tiles) yield [tile]
}

/** Gemm (c transposed) and the n best columns. */
function topKModel(paddedWidth: number, packed?: Float32Array): Uint8Array {
  return encodeModel({
    opset: 17,
    nodes: [
      { op: 'Gemm', inputs: ['x', 'c'], outputs: ['s'], attributes: { transB: { int: 1 } } },
      ...bestColumns.nodes,
    ],
    inputs: [
      { name: 'x', type: 'float32', dims: ['rows', paddedWidth] },
      ...bestColumns.inputs,
      ...(packed ? [] : [{ name: 'c', type: 'float32' as const, dims: ['count', paddedWidth] }]),
    ],
    initializers: [
      ...bestColumns.initializers,
      ...(packed ? [floats('c', packed, [packed.length / paddedWidth, paddedWidth])] : []),
    ],
    outputs: bestOutputs,
  })
}
