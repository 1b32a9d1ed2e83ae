import { rowKey } from '../../core/random.js'
import { capacityOf, fitBounded } from '../balance/bounded-fit.js'
import { openHighest, type Highest } from '../nearest/highest.js'
import { tooFewPoints } from './errors.js'
import { miniBatchEpoch } from './mini-batch.js'
import { assignPass, passBlockRows } from './pass.js'
import { firstPoints, type Points } from './points.js'
import { seedCentres, squaredNorm } from './seed.js'
import { swapCentres } from './swaps.js'
import { inertiaOf, moveToMeans, overshoot } from './update.js'

export interface FitOptions {
  readonly clusters: number
  readonly seed: string | number
  /** Mini-batch epochs over all points; left out where the seeding sample already is all points. */
  readonly epochs: number
  /** Lloyd passes over all points, fewer once the inertia stands still. */
  readonly passes: number
  readonly spherical: boolean
  /** Largest cluster over the mean; null for no bound. */
  readonly max_ratio: number | null
  readonly threads: number
  readonly signal?: AbortSignal | undefined
  /** Called with the share of the work done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

export interface Fit {
  /** [clusters, width]. */
  readonly centres: Float32Array
  /** Points per cluster in the last pass. */
  readonly counts: Float64Array
  /** Sum of squared distances before each pass over all points; under a bound that took effect, the last is that of the bounded clusters. */
  readonly inertia: readonly number[]
  /** Centres that had lost all their points and were put elsewhere. */
  readonly reassigned: number
  /** Centres that were taken from where they did little and put where a cluster was cut in two. */
  readonly swapped: number
}

/** Points per cluster that seeding works on. */
const seedRowsPerCluster = 64
const fewestSeedRows = 65536
/** Lloyd passes over the seeding sample. */
const warmPasses = 2
const miniBatchRows = 16384
/** Passes end early when one improves the inertia by a smaller share than this. */
const tolerance = 1e-4

/**
 * k-means for unit vectors: k-means‖ seeding and a few Lloyd passes on a sample (the first points, whose order is a hash order),
 * a mini-batch epoch and final Lloyd passes over everything. The result is a function of points, order and seed: not of the threads,
 * nor of how the points are cut into blocks. Throws `E_TOO_FEW_POINTS` and `E_TOO_FEW_DISTINCT_POINTS`.
 */
export async function fitKmeans(points: Points, options: FitOptions): Promise<Fit> {
  if (points.rows < options.clusters) throw tooFewPoints(points.rows, options.clusters)
  const highest = await openHighest(points.width, options.threads)
  try {
    return await fitWith(highest, points, options)
  } finally {
    await highest.close()
  }
}

async function fitWith(highest: Highest, points: Points, options: FitOptions): Promise<Fit> {
  const { clusters, seed, spherical, signal } = options
  const key = rowKey(seed, 'remote')
  const sample = firstPoints(points, Math.max(fewestSeedRows, clusters * seedRowsPerCluster))
  const epochs = sample.rows < points.rows ? options.epochs : 0
  const work = warmPasses * sample.rows + (epochs + options.passes) * points.rows
  let done = 0
  const onBlock = (rows: number) => options.onProgress?.((done += rows) / work)

  const centres = await seedCentres(sample, clusters, seed, highest, options.threads)
  let reassigned = 0
  let pass = 0
  let counts: Float64Array = new Float64Array(clusters)
  for (let warm = 0; warm < warmPasses; warm++) {
    const { sums, remote } = await assignPass(sample, centres, clusters, { highest, key, pass: pass++, onBlock, signal })
    // Seeds are single points: the first step goes to the mean, since beyond it lies noise.
    reassigned += moveToMeans(centres, sums, { spherical, remote, step: warm === 0 ? 1 : overshoot })
    counts = sums.counts
  }
  const swapped = await swapCentres(sample, centres, clusters, { highest, spherical, signal })
  for (let epoch = 0; epoch < epochs; epoch++) {
    await miniBatchEpoch(points, centres, counts, { highest, batch_rows: miniBatchRows, spherical, onBlock, signal })
  }

  const squaredNorms = await sumOfSquaredNorms(points)
  const inertia: number[] = []
  for (let at = 0; at < options.passes; at++) {
    const { sums, remote } = await assignPass(points, centres, clusters, { highest, key, pass: pass++, onBlock, signal })
    inertia.push(inertiaOf(sums, centres, squaredNorms))
    counts = sums.counts
    const still = at > 0 && inertia[at - 1]! - inertia[at]! < tolerance * inertia[at - 1]!
    const last = at === options.passes - 1 || still
    const moved = moveToMeans(centres, sums, { spherical, remote, step: last ? 1 : overshoot })
    reassigned += moved
    if (moved === 0 && still) break
  }
  const capacity = options.max_ratio === null ? Infinity : capacityOf(points.rows, clusters, options.max_ratio)
  if (options.max_ratio === null || counts.every((count) => count <= capacity)) return { centres, counts, inertia, reassigned, swapped }
  const bounded = await fitBounded(points, centres, clusters, { max_ratio: options.max_ratio, spherical, highest, signal })
  inertia.push(inertiaOf(bounded.sums, centres, squaredNorms))
  return { centres, counts: bounded.counts, inertia, reassigned, swapped }
}

/** Rounded per point, so that the order of the points does not matter. */
async function sumOfSquaredNorms(points: Points): Promise<number> {
  let steps = 0
  for (let start = 0; start < points.rows; start += passBlockRows) {
    const end = Math.min(points.rows, start + passBlockRows)
    const block = await points.read(start, end)
    for (let row = 0; row < end - start; row++) steps += Math.round(squaredNorm(block, row * points.width, points.width) * 16777216)
  }
  return steps / 16777216
}
