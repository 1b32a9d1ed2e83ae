import type { Points } from '../points.js'
import { openExact, type CentreSet, type Nearest } from './exact.js'

const blockRows = 16384

/** The nearest centre of every point. */
export async function labelPoints(
  points: Points,
  set: CentreSet,
  threads: number,
  signal?: AbortSignal,
): Promise<Nearest> {
  const index = new Uint32Array(points.rows)
  const distance = new Float32Array(points.rows)
  const search = await openExact(set, threads)
  try {
    for (let start = 0; start < points.rows; start += blockRows) {
      signal?.throwIfAborted()
      const end = Math.min(points.rows, start + blockRows)
      const found = await search.nearest(await points.read(start, end), end - start)
      index.set(found.index, start)
      distance.set(found.distance, start)
    }
  } finally {
    await search.close()
  }
  return { index, distance }
}

/** How many points each cluster has. */
export function populations(index: Uint32Array, clusters: number): Float64Array {
  const counts = new Float64Array(clusters)
  for (const cluster of index) counts[cluster] = counts[cluster]! + 1
  return counts
}
