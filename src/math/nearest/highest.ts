import { addRows, type Addition } from './add-rows.js'
import { openLanes, share, sharedTable } from './lanes.js'
import {
  emptyScores,
  nearestScores,
  openProduct,
  partOf,
  type NearestScores,
  type Scores,
} from './product.js'
import type { Table } from './table.js'

export { nearestBias, none, type Table } from './table.js'

/**
 * `index` [rows, depth]: the rows of the table with the highest scores, best first; among equals the lowest.
 * Where the table has fewer rows than `depth`: `none`, with a score of −Infinity.
 */
export type HighestOf = Omit<Scores, 'distance'>

/**
 * The inner loop of everything in this folder and in k-means: one matrix product and the best columns of each
 * of its rows.
 */
export interface Highest {
  /**
   * `vectors` holds `rows` rows; a row's result depends on that row and the table alone. `depth` is 1 unless
   * given.
   */
  of(vectors: Float32Array, rows: number, table: Table, depth?: number): Promise<HighestOf>
  /**
   * The one best of each row in the fixed table, and the Euclidean distance to it: for scores with a
   * `nearestBias`.
   */
  nearest(vectors: Float32Array, rows: number): Promise<NearestScores>
  /** Adds rows to the sums of their clusters. With several threads the sums lie in shared memory. */
  add(addition: Omit<Addition, 'from' | 'to'>): Promise<void>
  close(): Promise<void>
}

/**
 * A table given as `fixed` is packed once for all products, which saves about a tenth; others may still be
 * asked for. `threads` does not change a bit. Vectors in shared memory are read where they are.
 */
export async function openHighest(width: number, threads: number, fixed?: Table): Promise<Highest> {
  return threads > 1 ? inLanes(width, threads, fixed) : inThisThread(width, fixed)
}

async function inThisThread(width: number, fixed?: Table): Promise<Highest> {
  const product = await openProduct(width, fixed)
  return {
    async of(vectors, rows, table, depth = 1) {
      const scores = emptyScores(rows, depth)
      await product.into(scores, vectors, rows, table === fixed ? 'fixed' : table, depth)
      return scores
    },
    async nearest(vectors, rows) {
      const scores = nearestScores(rows)
      await product.into(scores, vectors, rows, 'fixed', 1)
      return scores
    },
    add: async (addition) => addRows({ ...addition, from: 0, to: width }),
    close: () => product.close(),
  }
}

async function inLanes(width: number, threads: number, fixed?: Table): Promise<Highest> {
  const lanes = await openLanes(width, threads, { type: 'open', width, fixed: fixed && sharedTable(fixed) })

  async function score<S extends Scores>(
    scores: S,
    vectors: Float32Array,
    rows: number,
    table: Table | 'fixed',
    depth: number,
  ): Promise<S> {
    await lanes.spread(vectors, rows, (piece) => ({
      type: 'score',
      scores: partOf(scores, piece.start, piece.end, rows),
      vectors: piece.vectors,
      rows: piece.end - piece.start,
      table,
      depth,
    }))
    return scores
  }

  return {
    of: (vectors, rows, table, depth = 1) =>
      score(
        emptyScores(rows, depth, SharedArrayBuffer),
        vectors,
        rows,
        table === fixed ? 'fixed' : sharedTable(table),
        depth,
      ),
    nearest: (vectors, rows) => score(nearestScores(rows, SharedArrayBuffer), vectors, rows, 'fixed', 1),
    async add(addition) {
      const { sums, vectors, cluster, rows } = addition
      if (!(sums.buffer instanceof SharedArrayBuffer))
        throw new TypeError('sums of several lanes lie in shared memory')
      const shared = {
        ...addition,
        vectors: share(vectors.subarray(0, rows * width)),
        cluster: share(cluster),
      }
      const step = 4 * Math.ceil(width / threads / 4)
      await lanes.each((at) => ({
        type: 'add',
        addition: { ...shared, from: Math.min(width, at * step), to: Math.min(width, (at + 1) * step) },
      }))
    },
    close: () => lanes.close(),
  }
}
