import { openWorkspace } from '../kernels/workspace.js'
import { encodeModel, floats } from '../onnx/model.js'
import type { Session } from '../session.js'
import { openSession } from '../session/open.js'
import { bestColumns, bestOutputs, paddedColumns, runBest } from './best-columns.js'
import { insert } from './insert.js'
import { none, type Table } from './table.js'

/** Larger tables are cut into tiles of this many centres. */
const tileCentres = 2048
/** Scores per product: few enough to be still in the cache when the best of them are chosen. */
const maxScores = 393216
const maxRows = 2048
/**
 * Products of fewer rows are padded, since onnxruntime multiplies a single row with another kernel, which
 * rounds differently (see `openGemm`). 16 is a margin: the smallest number that suffices was not measured.
 */
const minRows = 16

/**
 * Receives the highest scores and the indices of their centres: [rows, k] each, initially −Infinity and
 * `none`.
 */
export interface Scores {
  readonly index: Uint32Array
  readonly score: Float32Array
  /** [rows], if wanted: Euclidean distance to the best centre, computed in float64 in a fixed order. */
  readonly distance?: Float32Array | undefined
}

export interface NearestScores extends Scores {
  readonly distance: Float32Array
}

/**
 * Top-k search in this thread: multiplies blocks of rows by tiles of a table and keeps the k best centres of
 * each row.
 */
export interface TiledTopK {
  /**
   * Fills `scores` for `vectors` [rows, width]. A row's result depends on that row and the table alone.
   * Distances are available only for the best centre of the fixed table: throws a `TypeError` if
   * `scores.distance` is set with another table or with k > 1.
   */
  fill(scores: Scores, vectors: Float32Array, rows: number, table: Table | 'fixed', k: number): Promise<void>
  close(): Promise<void>
}

/** `count` centres of a table, from centre `first`. */
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
 * A table passed as `fixed` is packed once for all products, which saves about a tenth of the time; other
 * tables can still be searched. Scores are float32; ties within a tile and between tiles go to the lowest
 * index.
 */
export async function openTiledTopK(width: number, fixed?: Table): Promise<TiledTopK> {
  const paddedWidth = width + 1
  const sessionOptions = { threads: 1, reuse_memory: true }
  const unpacked = await openSession(topKModel(paddedWidth), sessionOptions)
  const sessions = [unpacked]
  const packed: Tile[] = []
  for (const { first, count, biased } of fixed ? tableTiles(fixed, width) : []) {
    const session = await openSession(topKModel(paddedWidth, biased), sessionOptions)
    sessions.push(session)
    packed.push({ first, count, run: session.run })
  }
  const {
    arrays,
    at: offsets,
    kernels,
  } = openWorkspace({
    block: [Float32Array, (maxRows + minRows) * paddedWidth],
    centres: [Float32Array, fixed ? fixed.count * width : 0],
    index: [Uint32Array, maxRows],
    distance: [Float32Array, maxRows],
  })
  if (fixed) arrays.centres.set(fixed.centres)

  function* tilesOf(table: Table): Generator<Tile> {
    for (const { first, count, biased } of tableTiles(table, width)) {
      const c = { type: 'float32', data: biased, dims: [paddedColumns(count), paddedWidth] } as const
      yield { first, count, run: (feeds) => unpacked.run({ ...feeds, c }) }
    }
  }

  /** Multiplies some rows of the block by one tile and merges its best centres into the scores. */
  async function compare(tile: Tile, { scores, start, from, count, k }: BlockRows): Promise<void> {
    const { index, score } = scores
    const kept = Math.min(k, tile.count)
    const paddedRows = Math.max(count, minRows)
    const x = {
      type: 'float32',
      data: arrays.block.subarray(from * paddedWidth, (from + paddedRows) * paddedWidth),
      dims: [paddedRows, paddedWidth],
    } as const
    const found = await runBest(tile.run, { x }, count, tile.count, kept)
    for (let row = 0; row < count; row++) {
      const first = (start + from + row) * k
      for (let i = row * kept; i < (row + 1) * kept; i++) {
        if (!insert(score, index, first, k, found.score[i]!, tile.first + found.column[i]!)) break
      }
    }
  }

  return {
    async fill(scores, vectors, rows, table, k) {
      if (scores.distance && (table !== 'fixed' || k !== 1))
        throw new TypeError('distances are available only for the best centre of the fixed table')
      const { block, index, distance } = arrays
      // The tiles of a fixed table stay packed. Those of another table are built one at a time, so that only
      // one is in memory.
      for (const tiles of table === 'fixed' ? [packed] : oneByOne(tilesOf(table))) {
        const batchRows = Math.max(minRows, Math.min(maxRows, Math.floor(maxScores / tiles[0]!.count)))
        // With several tiles, larger blocks: each tile is read once per block.
        const blockRows = tiles.length > 1 ? maxRows : batchRows
        for (let start = 0; start < rows; start += blockRows) {
          const count = Math.min(blockRows, rows - start)
          block.set(vectors.subarray(start * width, (start + count) * width), count)
          kernels.widen(offsets.block, count, width)
          block.fill(0, count * paddedWidth, (count + minRows) * paddedWidth)
          for (const tile of tiles) {
            for (let from = 0; from < count; from += batchRows)
              await compare(tile, { scores, start, from, count: Math.min(batchRows, count - from), k })
          }
          if (!scores.distance) continue
          index.set(scores.index.subarray(start, start + count))
          kernels.distances(
            offsets.block,
            count,
            paddedWidth,
            width,
            offsets.centres,
            arrays.centres.length / width,
            offsets.index,
            offsets.distance,
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
  bufferType: new (bytes: number) => ArrayBufferLike = ArrayBuffer,
): Scores {
  const bytes = 4 * rows * k
  return {
    index: new Uint32Array(new bufferType(bytes)).fill(none),
    score: new Float32Array(new bufferType(bytes)).fill(-Infinity),
  }
}

export function emptyNearestScores(
  rows: number,
  bufferType: new (bytes: number) => ArrayBufferLike = ArrayBuffer,
): NearestScores {
  return { ...emptyScores(rows, 1, bufferType), distance: new Float32Array(new bufferType(4 * rows)) }
}

/** Views of rows `start` to `end` (exclusive); `rows` is the number of rows of `scores`. */
export function sliceScores<S extends Scores>(scores: S, start: number, end: number, rows: number): S {
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
 * Tiles of at most `tileCentres` centres. `biased` has each centre followed by its bias; centres whose bias
 * is −Infinity pad a tile.
 */
function* tableTiles(
  { centres, count, bias }: Table,
  width: number,
): Generator<{ readonly first: number; readonly count: number; readonly biased: Float32Array }> {
  for (let first = 0; first < count; first += tileCentres) {
    const inTile = Math.min(tileCentres, count - first)
    const biased = new Float32Array(paddedColumns(inTile) * (width + 1))
    for (let j = 0; j < biased.length / (width + 1); j++) {
      const start = j * (width + 1)
      if (j < inTile) biased.set(centres.subarray((first + j) * width, (first + j + 1) * width), start)
      biased[start + width] = j < inTile ? bias[first + j]! : -Infinity
    }
    yield { first, count: inTile, biased }
  }
}

function* oneByOne(tiles: Iterable<Tile>): Generator<Tile[]> {
  for (const tile of tiles) yield [tile]
}

/**
 * Graph of x · cᵀ and the n best columns of the result. `packed` makes c a constant, which onnxruntime packs
 * once.
 */
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
