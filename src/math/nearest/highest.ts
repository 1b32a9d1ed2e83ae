import { addRows, type Addition } from './add-rows.js'
import { openLanes } from './lanes.js'
import { emptyScores, openProduct, type Scores } from './product.js'
import type { Table } from './table.js'

export { nearestBias, none, type Table } from './table.js'

/**
 * `index` [rows, depth]: the rows of the table with the highest scores, best first; among equals the lowest. Where the table has fewer rows
 * than `depth`: `none`, with a score of −Infinity.
 */
export type HighestOf = Scores

/** The inner loop of everything in this folder and in k-means: one matrix product and the best columns of each of its rows. */
export interface Highest {
  /** `vectors` holds `rows` rows; a row's result depends on that row and the table alone. `depth` is 1 unless given. */
  of(vectors: Float32Array, rows: number, table: Table, depth?: number): Promise<HighestOf>
  /** Adds rows to the sums of their clusters. With several threads the sums lie in shared memory. */
  add(addition: Omit<Addition, 'from' | 'to'>): Promise<void>
  close(): Promise<void>
}

/**
 * A table given as `fixed` is packed once for all products, which saves about a tenth; others may still be asked for. `threads` does not change a
 * bit. Vectors in shared memory are read where they are.
 */
export async function openHighest(width: number, threads: number, fixed?: Table): Promise<Highest> {
  if (threads > 1) return openLanes(width, threads, fixed)
  const product = await openProduct(width, fixed)
  return {
    async of(vectors, rows, table, depth = 1) {
      const scores = emptyScores(rows, depth)
      await product.into(scores, vectors, rows, table, depth)
      return scores
    },
    add: async (addition) => addRows({ ...addition, from: 0, to: width }),
    close: () => product.close(),
  }
}
