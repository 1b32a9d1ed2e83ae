import { addRows, type Addition } from './add-rows.js'
import { openThreadPool, share, sharedTable } from './thread-pool.js'
import {
  emptyScores,
  emptyNearestScores,
  openTiledTopK,
  sliceScores,
  type NearestScores,
  type Scores,
} from './tiled-top-k.js'
import type { Table } from './table.js'

export { nearestBias, none, type Table } from './table.js'

/**
 * `index` [rows, k]: the rows of the table with the highest scores, best first; of equal scores the lowest
 * row. A table with fewer than k rows leaves the rest at `none`, with a score of −Infinity.
 */
export type TopScores = Omit<Scores, 'distance'>

/**
 * The inner loop of everything in this folder and in k-means: a matrix product, and the k best columns of
 * each of its rows.
 */
export interface TopK {
  /**
   * `vectors` [rows, width]. A row's result depends on that row and the table alone. `k` is 1 unless given.
   */
  search(vectors: Float32Array, rows: number, table: Table, k?: number): Promise<TopScores>
  /**
   * The best row of the fixed table for each vector, and the Euclidean distance to it. The table's bias must
   * be a `nearestBias`.
   */
  nearest(vectors: Float32Array, rows: number): Promise<NearestScores>
  /** Adds rows to the sums of their clusters. With several threads the sums must be in shared memory. */
  add(addition: Omit<Addition, 'from' | 'to'>): Promise<void>
  close(): Promise<void>
}

/**
 * A table given as `fixed` is packed once for all products, which saves about a tenth; other tables can still
 * be searched. The number of threads does not change a bit of the result. Vectors in shared memory are not
 * copied.
 */
export async function openTopK(width: number, threads: number, fixed?: Table): Promise<TopK> {
  return threads > 1 ? inThreadPool(width, threads, fixed) : inThisThread(width, fixed)
}

async function inThisThread(width: number, fixed?: Table): Promise<TopK> {
  const tiled = await openTiledTopK(width, fixed)
  return {
    async search(vectors, rows, table, k = 1) {
      const scores = emptyScores(rows, k)
      await tiled.fill(scores, vectors, rows, table === fixed ? 'fixed' : table, k)
      return scores
    },
    async nearest(vectors, rows) {
      const scores = emptyNearestScores(rows)
      await tiled.fill(scores, vectors, rows, 'fixed', 1)
      return scores
    },
    add: async (addition) => addRows({ ...addition, from: 0, to: width }),
    close: () => tiled.close(),
  }
}

async function inThreadPool(width: number, threads: number, fixed?: Table): Promise<TopK> {
  const pool = await openThreadPool(width, threads, {
    type: 'open',
    width,
    fixed: fixed && sharedTable(fixed),
  })

  async function score<S extends Scores>(
    scores: S,
    vectors: Float32Array,
    rows: number,
    table: Table | 'fixed',
    k: number,
  ): Promise<S> {
    await pool.parallelFor(vectors, rows, (piece) => ({
      type: 'score',
      scores: sliceScores(scores, piece.start, piece.end, rows),
      vectors: piece.vectors,
      rows: piece.end - piece.start,
      table,
      k,
    }))
    return scores
  }

  return {
    search: (vectors, rows, table, k = 1) =>
      score(
        emptyScores(rows, k, SharedArrayBuffer),
        vectors,
        rows,
        table === fixed ? 'fixed' : sharedTable(table),
        k,
      ),
    nearest: (vectors, rows) => score(emptyNearestScores(rows, SharedArrayBuffer), vectors, rows, 'fixed', 1),
    async add(addition) {
      const { sums, vectors, cluster, rows } = addition
      if (!(sums.buffer instanceof SharedArrayBuffer))
        throw new TypeError('sums that several threads add to must be in shared memory')
      const shared = {
        ...addition,
        vectors: share(vectors.subarray(0, rows * width)),
        cluster: share(cluster),
      }
      const step = 4 * Math.ceil(width / threads / 4)
      await pool.broadcast((at) => ({
        type: 'add',
        addition: { ...shared, from: Math.min(width, at * step), to: Math.min(width, (at + 1) * step) },
      }))
    },
    close: () => pool.close(),
  }
}
