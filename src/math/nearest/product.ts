import { openWorkspace } from '../kernels/workspace.js'
import { encodeModel, floats } from '../onnx/model.js'
import type { Session } from '../session.js'
import { openSession } from '../session/open.js'
import { bestColumns, bestOutputs, paddedColumns, runBest } from './best-columns.js'
import { insert } from './insert.js'
import { none, type Table } from './table.js'

/** Columns of one product, for tables that are larger. */
const tileColumns = 2048
/** Scores of one product: few enough to stay in the cache until the best of them are chosen. */
const mostScores = 393216
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
  /**
   * `vectors` [rows, width]; each row's result depends on that row and the table alone. Distances are to rows
   * of the fixed table.
   */
  into(
    scores: Scores,
    vectors: Float32Array,
    rows: number,
    table: Table | 'fixed',
    depth: number,
  ): Promise<void>
  close(): Promise<void>
}

/** `count` columns of a table from `first` on, to be compared with. */
interface Tile {
  readonly first: number
  readonly count: number
  readonly run: Session['run']
}

/**
 * A table given as `fixed` is packed once for all products, which saves about a tenth; others may still be
 * asked for. Scores are float32; ties within a tile and between tiles go to the lowest index.
 */
export async function openProduct(width: number, fixed?: Table): Promise<Product> {
  const wide = width + 1
  const sessionOptions = { threads: 1, reuse_memory: true }
  const free = await openSession(highestModel(wide), sessionOptions)
  const sessions = [free]
  const packed: Tile[] = []
  for (const { first, count, rows } of fixed ? partsOf(fixed, width) : []) {
    const session = await openSession(highestModel(wide, rows), sessionOptions)
    sessions.push(session)
    packed.push({ first, count, run: session.run })
  }
  const { arrays, at, kernels } = openWorkspace({
    block: [Float32Array, (mostRows + fewestRows) * wide],
    centres: [Float32Array, fixed ? fixed.count * width : 0],
    index: [Uint32Array, mostRows],
    distance: [Float32Array, mostRows],
  })
  if (fixed) arrays.centres.set(fixed.centres)

  function* tilesOf(table: Table): Generator<Tile> {
    for (const { first, count, rows } of partsOf(table, width)) {
      const c = { type: 'float32', data: rows, dims: [paddedColumns(count), wide] } as const
      yield { first, count, run: (feeds) => free.run({ ...feeds, c }) }
    }
  }

  /**
   * Rows `from` to `from + count` of the block, the first of which is row `start` of the scores, against one
   * tile.
   */
  async function compare(
    { index, score }: Scores,
    start: number,
    from: number,
    count: number,
    tile: Tile,
    depth: number,
  ): Promise<void> {
    const held = Math.min(depth, tile.count)
    const products = Math.max(count, fewestRows)
    const x = {
      type: 'float32',
      data: arrays.block.subarray(from * wide, (from + products) * wide),
      dims: [products, wide],
    } as const
    const found = await runBest(tile.run, { x }, count, tile.count, held)
    for (let row = 0; row < count; row++) {
      const into = (start + from + row) * depth
      for (let at = row * held; at < (row + 1) * held; at++) {
        if (!insert(score, index, into, depth, found.score[at]!, tile.first + found.column[at]!)) break
      }
    }
  }

  return {
    async into(scores, vectors, rows, table, depth) {
      const { block, index, distance } = arrays
      // A fixed table's tiles are all at hand; of another table one at a time is copied.
      for (const tiles of table === 'fixed' ? [packed] : oneByOne(tilesOf(table))) {
        const batchRows = Math.max(fewestRows, Math.min(mostRows, Math.floor(mostScores / tiles[0]!.count)))
        // Many rows share one reading of each of many tiles.
        const blockRows = tiles.length > 1 ? mostRows : batchRows
        for (let start = 0; start < rows; start += blockRows) {
          const count = Math.min(blockRows, rows - start)
          block.set(vectors.subarray(start * width, (start + count) * width), count)
          kernels.widen(at.block, count, width)
          block.fill(0, count * wide, (count + fewestRows) * wide)
          for (const tile of tiles) {
            for (let from = 0; from < count; from += batchRows)
              await compare(scores, start, from, Math.min(batchRows, count - from), tile, depth)
          }
          if (!scores.distance) continue
          index.set(scores.index.subarray(start, start + count))
          kernels.distances(
            at.block,
            count,
            wide,
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
  depth: number,
  kind: new (bytes: number) => ArrayBufferLike = ArrayBuffer,
): Scores {
  const bytes = 4 * rows * depth
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

/** Rows `start` to `end` (exclusive) of `rows`, as views. */
export function partOf<S extends Scores>(scores: S, start: number, end: number, rows: number): S {
  const depth = scores.index.length / rows
  const { index, score, distance } = scores
  return {
    ...scores,
    index: index.subarray(start * depth, end * depth),
    score: score.subarray(start * depth, end * depth),
    ...(distance && { distance: distance.subarray(start, end) }),
  }
}

/**
 * Parts of at most `tileColumns`: rows of a centre and its bias, filled up with rows that nothing is nearest
 * to.
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
function highestModel(wide: number, packed?: Float32Array): Uint8Array {
  return encodeModel({
    opset: 17,
    nodes: [
      { op: 'Gemm', inputs: ['x', 'c'], outputs: ['s'], attributes: { transB: { int: 1 } } },
      ...bestColumns.nodes,
    ],
    inputs: [
      { name: 'x', type: 'float32', dims: ['rows', wide] },
      ...bestColumns.inputs,
      ...(packed ? [] : [{ name: 'c', type: 'float32' as const, dims: ['count', wide] }]),
    ],
    initializers: [
      ...bestColumns.initializers,
      ...(packed ? [floats('c', packed, [packed.length / wide, wide])] : []),
    ],
    outputs: bestOutputs,
  })
}
