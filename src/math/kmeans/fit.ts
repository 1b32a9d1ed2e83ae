import { rowKey, type RowKey } from '../../core/random.js'
import { capacityOf, fitBounded } from './bounded/bounded-fit.js'
import { openTopK, type TopK } from '../nearest/top-k.js'
import { tooFewPoints } from './errors.js'
import { lloydStep, type LloydState } from './lloyd/step.js'
import { miniBatchEpoch } from './mini-batch.js'
import { assignPass, passBlockRows } from './lloyd/pass.js'
import { firstPoints, type Points } from '../points.js'
import { squaredNorm } from '../matrix.js'
import { seedCentres } from './seeding/kmeans-parallel.js'
import { fixedOne } from './lloyd/sums.js'
import { swapCentres } from './swaps.js'
import { inertiaOf, moveToMeans, overshoot } from './lloyd/update.js'

export interface FitOptions {
  readonly clusters: number
  readonly seed: string | number
  /** Mini-batch epochs over all points; skipped if the seeding sample already is all points. */
  readonly epochs: number
  /** Lloyd passes over all points; fewer if the inertia stops falling. */
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
  /**
   * Sum of squared distances before each pass over all points; if a bound took effect, the last entry is that
   * of the bounded clusters.
   */
  readonly inertia: readonly number[]
  /** Centres that had lost all their points and were relocated. */
  readonly reassigned: number
  /** Centres that were moved from where they did little to where a cluster was split in two. */
  readonly swapped: number
}

/** Points per cluster that seeding works on. */
const seedRowsPerCluster = 48
const minSeedRows = 49152
/** Lloyd passes over the seeding sample. */
const warmPasses = 2
const miniBatchRows = 16384

/**
 * k-means for unit vectors: k-means‖ seeding and a few Lloyd passes on a sample (the first points, whose
 * order is a hash order), a mini-batch epoch and final Lloyd passes over everything. The result is a function
 * of points, order and seed: not of the threads, nor of how the points are cut into blocks. Throws
 * `E_TOO_FEW_POINTS` and `E_TOO_FEW_DISTINCT_POINTS`.
 */
export async function fitKmeans(points: Points, options: FitOptions): Promise<Fit> {
  if (points.rows < options.clusters) throw tooFewPoints(points.rows, options.clusters)
  const topK = await openTopK(points.width, options.threads)
  try {
    return await fitWith(topK, points, options)
  } finally {
    await topK.close()
  }
}

async function fitWith(topK: TopK, points: Points, options: FitOptions): Promise<Fit> {
  const { clusters, seed, spherical, signal } = options
  const sample = firstPoints(points, seedRows(clusters))
  const epochs = sample.rows < points.rows ? options.epochs : 0
  const work = warmPasses * sample.rows + (epochs + options.passes) * points.rows
  let done = 0
  const onBlock = (rows: number) => options.onProgress?.((done += rows) / work)

  const state = await startFit(topK, sample, { ...options, onBlock })
  const { centres, swapped, inertia } = state
  for (let epoch = 0; epoch < epochs; epoch++) {
    await miniBatchEpoch(points, centres, state.counts, {
      topK,
      batch_rows: miniBatchRows,
      spherical,
      onBlock,
      signal,
    })
  }
  const squared_norms = (await squaredNormSteps(points)) / fixedOne
  const key = relocationKey(seed)
  while (!state.done) {
    const found = await assignPass(points, centres, clusters, {
      topK,
      key,
      pass: state.pass,
      onBlock,
      signal,
    })
    lloydStep(state, found, { squared_norms, spherical, passes: options.passes })
  }
  const { counts, reassigned } = state
  const capacity =
    options.max_ratio === null ? Infinity : capacityOf(points.rows, clusters, options.max_ratio)
  if (options.max_ratio === null || counts.every((count) => count <= capacity))
    return { centres, counts, inertia, reassigned, swapped }
  const bounded = await fitBounded(points, centres, clusters, {
    max_ratio: options.max_ratio,
    spherical,
    topK,
    signal,
  })
  inertia.push(inertiaOf(bounded.sums, centres, squared_norms))
  return { centres, counts: bounded.counts, inertia, reassigned, swapped }
}

/** How many points the seeding uses; always the first ones. */
export function seedRows(clusters: number): number {
  return Math.max(minSeedRows, clusters * seedRowsPerCluster)
}

export function relocationKey(seed: string | number): RowKey {
  return rowKey(seed, 'remote')
}

/** Seeding, a few Lloyd passes and swaps on the seeding sample: where the passes over all points start. */
export async function startFit(
  topK: TopK,
  sample: Points,
  options: Pick<FitOptions, 'clusters' | 'seed' | 'spherical' | 'threads' | 'signal'> & {
    readonly onBlock?: (rows: number) => void
  },
): Promise<LloydState> {
  const { clusters, seed, spherical, signal, onBlock } = options
  const centres = await seedCentres(sample, clusters, seed, topK, options.threads)
  let reassigned = 0
  let counts: Float64Array = new Float64Array(clusters)
  for (let pass = 0; pass < warmPasses; pass++) {
    const { sums, relocations } = await assignPass(sample, centres, clusters, {
      topK,
      key: relocationKey(seed),
      pass,
      onBlock,
      signal,
    })
    // Seeds are single points: the first step goes to the mean, since overshooting would only add noise.
    reassigned += moveToMeans(centres, sums, {
      spherical,
      relocations: relocations.map(({ vector }) => vector),
      step: pass === 0 ? 1 : overshoot,
    })
    counts = sums.counts
  }
  const swapped = await swapCentres(sample, centres, clusters, { topK, spherical, signal })
  return { centres, inertia: [], counts, reassigned, swapped, pass: warmPasses, done: false }
}

/**
 * Σ‖x‖² in steps of 2^-24. Rounded per point, so neither the order of the points nor how they are split into
 * parts matters.
 */
export async function squaredNormSteps(points: Points): Promise<number> {
  let steps = 0
  for (let start = 0; start < points.rows; start += passBlockRows) {
    const end = Math.min(points.rows, start + passBlockRows)
    const block = await points.read(start, end)
    for (let row = 0; row < end - start; row++)
      steps += Math.round(squaredNorm(block, row * points.width, points.width) * fixedOne)
  }
  return steps
}
