import { nearestBias, type TopK } from '../nearest/top-k.js'
import { passBlockRows } from './lloyd/pass.js'
import { squaredNorm } from '../matrix.js'
import { readRows, type Points } from '../points.js'
import { splitInTwo, type Halves } from './split.js'
import { ClusterSums } from './lloyd/sums.js'
import { moveToMeans } from './lloyd/update.js'

const maxRounds = 8
/** The share of clusters that a round tries to split, at least this many, and the points used in each. */
const triedShare = 0.15
const minTried = 64
const splitRows = 160
/** A split must gain this many times what the removal loses, since both are estimates. */
const margin = 1.2

export interface SwapOptions {
  readonly topK: TopK
  readonly spherical: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Leads Lloyd's algorithm out of poor local optima: a centre whose points would lose little by going to their
 * second choice is removed and given to a cluster that gains more by being split in two (like Fränti's random
 * swap and Fritzke's breathing k-means, but with measured gains instead of trials). Each round is one pass
 * over the points, which is a Lloyd pass too. A round that made things worse is undone and tried again with
 * half as many swaps. Changes `centres` in place; returns the number of swaps.
 */
export async function swapCentres(
  points: Points,
  centres: Float32Array,
  clusters: number,
  options: SwapOptions,
): Promise<number> {
  let swapped = 0
  let before: { centres: Float32Array; found: Survey; swaps: number } | undefined
  // At most one removal per ten clusters, so that two neighbours are seldom removed at once.
  let maxSwaps = Math.ceil(clusters / 10)
  for (let round = 0; ; round++) {
    options.signal?.throwIfAborted()
    let found = await survey(points, centres, clusters, options.topK)
    if (before && found.inertia > before.found.inertia) {
      // Too many at once: try again with the most promising half.
      centres.set(before.centres)
      swapped -= before.swaps
      if (round >= maxRounds || before.swaps === 1) return swapped
      maxSwaps = before.swaps >> 1
      found = before.found
    } else moveToMeans(centres, found.sums, { spherical: options.spherical, relocations: [] })
    if (round >= maxRounds) return swapped
    const kept = centres.slice()
    const swaps = await swapOnce(points, centres, clusters, found, maxSwaps)
    if (swaps === 0) return swapped
    swapped += swaps
    before = { centres: kept, found, swaps }
  }
}

interface Survey {
  readonly first: Uint32Array
  readonly sums: ClusterSums
  /**
   * Per cluster: squared distances, and how much they would grow if all points went to their second choice.
   */
  readonly error: Float64Array
  readonly utility: Float64Array
  readonly inertia: number
}

async function survey(points: Points, centres: Float32Array, clusters: number, topK: TopK): Promise<Survey> {
  const { rows, width } = points
  const first = new Uint32Array(rows)
  const sums = new ClusterSums(clusters, width)
  const error = new Float64Array(clusters)
  const utility = new Float64Array(clusters)
  const table = { centres, count: clusters, bias: nearestBias(centres, clusters, width) }
  let inertia = 0
  for (let start = 0; start < rows; start += passBlockRows) {
    const end = Math.min(rows, start + passBlockRows)
    const block = await points.read(start, end)
    const { index, score } = await topK.search(block, end - start, table, 2)
    for (let row = 0; row < end - start; row++) {
      const cluster = index[2 * row]!
      const squared = Math.max(0, squaredNorm(block, row * width, width) - 2 * score[2 * row]!)
      first[start + row] = cluster
      error[cluster] = error[cluster]! + squared
      utility[cluster] = utility[cluster]! + 2 * (score[2 * row]! - score[2 * row + 1]!)
      inertia += squared
    }
    await sums.add(block, end - start, first.subarray(start, end), topK)
  }
  return { first, sums, error, utility, inertia }
}

async function swapOnce(
  points: Points,
  centres: Float32Array,
  clusters: number,
  found: Survey,
  maxSwaps: number,
): Promise<number> {
  const { width } = points
  const order = Array.from({ length: clusters }, (_, cluster) => cluster)
  const excess = excessOf(found)
  const tried = order
    .toSorted((a, b) => excess[b]! - excess[a]! || a - b)
    .slice(0, Math.max(minTried, Math.ceil(triedShare * clusters)))
  const halves = await splitClusters(points, found, tried)
  const splits = tried.toSorted((a, b) => halves.get(b)!.gain - halves.get(a)!.gain || a - b)
  const removable = order.toSorted((a, b) => found.utility[a]! - found.utility[b]! || a - b)
  const used = new Set<number>()
  let swaps = 0
  let next = 0
  for (const cluster of splits) {
    while (next < clusters && used.has(removable[next]!)) next++
    const freed = removable[next]
    const { gain, a, b } = halves.get(cluster)!
    if (freed === undefined || gain <= margin * found.utility[freed]!) break
    if (freed === cluster || used.has(cluster)) continue
    centres.set(a, cluster * width)
    centres.set(b, freed * width)
    used.add(cluster).add(freed)
    swaps++
    if (swaps === maxSwaps) break
  }
  return swaps
}

/**
 * How far each cluster's squared distances exceed those of a cluster of its size with the median spread:
 * large where one centre covers several groups.
 */
function excessOf({ error, sums }: Survey): Float64Array {
  const spread = error.map((value, cluster) => value / Math.max(1, sums.counts[cluster]!))
  const usual = spread.toSorted()[spread.length >> 1]!
  return error.map((value, cluster) => value - usual * sums.counts[cluster]!)
}

async function splitClusters(
  points: Points,
  { first, sums }: Survey,
  tried: readonly number[],
): Promise<Map<number, Halves>> {
  const members = new Map<number, number[]>(tried.map((cluster) => [cluster, []]))
  for (let row = 0; row < first.length; row++) {
    const list = members.get(first[row]!)
    if (list && list.length < splitRows) list.push(row)
  }
  const halves = new Map<number, Halves>()
  for (const [cluster, rows] of members) {
    const found = splitInTwo(await readRows(points, rows), points.width)
    halves.set(cluster, {
      ...found,
      gain: rows.length > 0 ? (found.gain * sums.counts[cluster]!) / rows.length : 0,
    })
  }
  return halves
}
