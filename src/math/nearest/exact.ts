import { distances } from './distance.js'
import { nearestBias, openTopK, type Table } from './top-k.js'

export interface Nearest {
  /** Row of the nearest centre; of equally near ones the lowest. */
  readonly index: Uint32Array
  /** Euclidean distance to it, computed in float64 in a fixed order. */
  readonly distance: Float32Array
}

/** Finds nearest centres in one set of centres, for any number of batches. */
export interface NearestSearch {
  nearest(vectors: Float32Array, rows: number): Promise<Nearest>
  close(): Promise<void>
}

export interface CentreSet {
  /** [count, width], row-major. */
  readonly centres: Float32Array
  readonly count: number
  readonly width: number
}

/** Brute force by tiled matrix products: exact except for ties within float32 rounding. */
export async function openExact(set: CentreSet, threads: number): Promise<NearestSearch> {
  const table: Table = {
    centres: set.centres,
    count: set.count,
    bias: nearestBias(set.centres, set.count, set.width),
  }
  const topK = await openTopK(set.width, threads, table)
  return {
    async nearest(vectors, rows) {
      const { index, distance } = await topK.nearest(vectors, rows)
      return { index, distance }
    },
    close: () => topK.close(),
  }
}

export function distancesTo(
  vectors: Float32Array,
  rows: number,
  { centres, width }: CentreSet,
  index: Uint32Array,
): Float32Array {
  const distance = new Float32Array(rows)
  distances(distance, vectors, centres, width, index)
  return distance
}
