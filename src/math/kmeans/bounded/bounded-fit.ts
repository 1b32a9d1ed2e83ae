import { passBlockRows } from '../lloyd/pass.js'
import { firstPoints, type Points } from '../../points.js'
import { ClusterSums } from '../lloyd/sums.js'
import { moveToMeans } from '../lloyd/update.js'
import { nearestBias, type TopK } from '../../nearest/top-k.js'
import { movePrices, type Choices } from './prices.js'
import { enforceCapacity } from './enforce-capacity.js'

export interface BoundOptions {
  /** Largest cluster over the mean. */
  readonly max_ratio: number
  readonly spherical: boolean
  readonly topK: TopK
  readonly signal?: AbortSignal | undefined
}

export interface Bounded {
  /** Cluster of every point; no cluster has more than `capacity` points. */
  readonly label: Uint32Array
  readonly counts: Float64Array
  readonly capacity: number
  readonly sums: ClusterSums
}

/** Prices are found on a sample of this many points per cluster, then settled on all points. */
const sampleRowsPerCluster = 128
const sampleRounds = 16
const finalRounds = 4
/**
 * Rounds end once the surplus is a smaller share of the points than this; what is left is moved one by one.
 */
const smallSurplus = 0.002

/** Points that one cluster may hold; at least the mean, rounded up, so that there is room for all. */
export function capacityOf(rows: number, clusters: number, maxRatio: number): number {
  return Math.max(Math.ceil(rows / clusters), Math.floor((maxRatio * rows) / clusters))
}

/**
 * Lloyd passes under a bound on cluster sizes: each centre has a price that is added to its squared
 * distances, so a bounded assignment is a matrix product like any other and memory stays at three numbers per
 * point. The last surplus is moved one by one, after which the bound holds exactly. `centres` are changed in
 * place; they end as the means of their clusters.
 */
export async function fitBounded(
  points: Points,
  centres: Float32Array,
  clusters: number,
  options: BoundOptions,
): Promise<Bounded> {
  const price = new Float64Array(clusters)
  const sample = firstPoints(points, clusters * sampleRowsPerCluster)
  if (sample.rows < points.rows) await settle(sample, centres, clusters, price, sampleRounds, options)
  const rounds = sample.rows < points.rows ? finalRounds : sampleRounds
  const { choices, counts, capacity } = await settle(points, centres, clusters, price, rounds, options)
  await enforceCapacity(points, centres, counts, capacity, choices, options.topK)
  const sums = await sumsOf(points, clusters, choices.first, options.topK)
  moveToMeans(centres, sums, { spherical: options.spherical, relocations: [] })
  return { label: choices.first, counts, capacity, sums }
}

async function settle(
  points: Points,
  centres: Float32Array,
  clusters: number,
  price: Float64Array,
  rounds: number,
  options: BoundOptions,
) {
  const capacity = capacityOf(points.rows, clusters, options.max_ratio)
  for (let round = 1; ; round++) {
    const { choices, sums } = await choose(points, centres, clusters, price, options)
    const { counts } = sums
    const surplus = counts.reduce((total, count) => total + Math.max(0, count - capacity), 0)
    if (surplus <= smallSurplus * points.rows || round === rounds) return { choices, counts, capacity }
    movePrices(price, counts, capacity, choices)
    moveToMeans(centres, sums, { spherical: options.spherical, relocations: [] })
  }
}

async function choose(
  points: Points,
  centres: Float32Array,
  clusters: number,
  price: Float64Array,
  { topK, signal }: BoundOptions,
) {
  const { rows, width } = points
  const choices: Choices = {
    first: new Uint32Array(rows),
    second: new Uint32Array(rows),
    gap: new Float32Array(rows),
  }
  const sums = new ClusterSums(clusters, width)
  const table = { centres, count: clusters, bias: nearestBias(centres, clusters, width, price) }
  for (let start = 0; start < rows; start += passBlockRows) {
    signal?.throwIfAborted()
    const end = Math.min(rows, start + passBlockRows)
    const block = await points.read(start, end)
    const { index, score } = await topK.search(block, end - start, table, 2)
    for (let row = start; row < end; row++) {
      const at = 2 * (row - start)
      choices.first[row] = index[at]!
      choices.second[row] = index[at + 1]!
      choices.gap[row] = 2 * (score[at]! - score[at + 1]!)
    }
    await sums.add(block, end - start, choices.first.subarray(start, end), topK)
  }
  return { choices, sums }
}

async function sumsOf(
  points: Points,
  clusters: number,
  label: Uint32Array,
  topK: TopK,
): Promise<ClusterSums> {
  const sums = new ClusterSums(clusters, points.width)
  for (let start = 0; start < points.rows; start += passBlockRows) {
    const end = Math.min(points.rows, start + passBlockRows)
    await sums.add(await points.read(start, end), end - start, label.subarray(start, end), topK)
  }
  return sums
}
