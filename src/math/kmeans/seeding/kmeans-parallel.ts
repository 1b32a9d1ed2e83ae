import { rowKey, unitOfRow } from '../../../core/random.js'
import { openGemm } from '../../gemm/gemm.js'
import { nearestBias, type TopK } from '../../nearest/top-k.js'
import { tooFewDistinct } from '../errors.js'
import { pickRows, squaredNorm } from '../../matrix.js'
import { readRows, type Points } from '../../points.js'
import { sameSquared } from '../same-point.js'
import { greedyPlusPlus } from './greedy-plus-plus.js'

/** Candidates per round, as a share of the clusters, and rounds: 2.5 candidates per cluster in total. */
const roundShare = 0.5
const rounds = 5
/** With few clusters, more candidates cost little and miss fewer of the small clusters. */
const minPerRound = 256
/** Above this many candidates their pairwise products (float32) do not fit comfortably in memory. */
const maxReducible = 12288
const blockRows = 16384

/**
 * k-means‖ (Bahmani et al. 2012, "Scalable K-Means++"): a few rounds draw many points with probability
 * proportional to the squared distance to what was drawn before; the candidates, weighted by the points
 * nearest to them, are reduced to `clusters` by greedy k-means++. All distances come from matrix products.
 * If there are too many candidates to compare in pairs, exactly `clusters` points are drawn over more rounds
 * and none is dropped.
 *
 * Returns [clusters, width]. Throws `E_TOO_FEW_DISTINCT_POINTS`.
 */
export async function seedCentres(
  points: Points,
  clusters: number,
  seed: string | number,
  topK: TopK,
  threads: number,
): Promise<Float32Array> {
  const { rows, width } = points
  const reducible = clusters * roundShare * rounds <= maxReducible
  const perRound = reducible
    ? Math.max(minPerRound, Math.ceil(clusters * roundShare))
    : Math.ceil(clusters / 8)
  const wanted = reducible ? 1 + perRound * rounds : clusters

  const nearest = new Nearness(rows)
  const first = Math.min(rows - 1, Math.floor(unitOfRow(rowKey(seed, 'first'), 0) * rows))
  let candidates = await readRows(points, [first])
  let count = 1
  await nearest.update(points, candidates, 0, 1, topK)

  const key = rowKey(seed, 'seeding')
  for (let round = 1; count < wanted; round++) {
    const drawn = nearest.draw(Math.min(perRound, wanted - count), key, round)
    if (drawn.length === 0) break
    const added = distinctRows(await readRows(points, drawn), width)
    const more = added.length / width
    await nearest.update(points, added, count, more, topK)
    const grown = new Float32Array((count + more) * width)
    grown.set(candidates)
    grown.set(added, count * width)
    candidates = grown
    count += more
  }
  if (count < clusters) throw tooFewDistinct(count, rows, clusters)
  if (count === clusters) return candidates

  const gemm = openGemm(threads)
  try {
    const products = await gemm.multiply(candidates, candidates, {
      m: count,
      k: width,
      n: count,
      transpose_b: true,
    })
    const kept = greedyPlusPlus(products, nearest.weights(count), clusters, seed)
    return pickRows(candidates, width, kept)
  } finally {
    await gemm.close()
  }
}

/** For each point, the squared distance to the nearest candidate so far, and which one it is. */
class Nearness {
  private readonly squared: Float64Array
  private readonly candidate: Uint32Array

  constructor(rows: number) {
    this.squared = new Float64Array(rows).fill(Infinity)
    this.candidate = new Uint32Array(rows)
  }

  async update(
    points: Points,
    added: Float32Array,
    offset: number,
    count: number,
    topK: TopK,
  ): Promise<void> {
    const { rows, width } = points
    const table = { centres: added, count, bias: nearestBias(added, count, width) }
    for (let start = 0; start < rows; start += blockRows) {
      const end = Math.min(rows, start + blockRows)
      const block = await points.read(start, end)
      const { index, score } = await topK.search(block, end - start, table)
      for (let row = start; row < end; row++) {
        const distance = Math.max(
          0,
          squaredNorm(block, (row - start) * width, width) - 2 * score[row - start]!,
        )
        if (distance < this.squared[row]!) {
          this.squared[row] = distance
          this.candidate[row] = offset + index[row - start]!
        }
      }
    }
  }

  /**
   * The `count` points of highest priority D²/u, where u is uniform and a function of (seed, row, round).
   * This samples in proportion to D², without replacement.
   */
  draw(count: number, key: ReturnType<typeof rowKey>, round: number): number[] {
    const priority = new Float64Array(this.squared.length)
    const eligible: number[] = []
    for (let row = 0; row < priority.length; row++) {
      if (this.squared[row]! <= sameSquared) continue
      priority[row] = this.squared[row]! / (unitOfRow(key, row, round) + Number.MIN_VALUE)
      eligible.push(row)
    }
    eligible.sort((a, b) => priority[b]! - priority[a]! || a - b)
    return eligible.slice(0, count).sort((a, b) => a - b)
  }

  weights(count: number): Float64Array {
    const weights = new Float64Array(count)
    for (const candidate of this.candidate) weights[candidate] = weights[candidate]! + 1
    return weights
  }
}

/** Drops repeated rows (captions repeat, and with them vectors); the first of equal rows is kept. */
function distinctRows(rows: Float32Array, width: number): Float32Array {
  const seen = new Set<string>()
  const kept: number[] = []
  for (let row = 0; row * width < rows.length; row++) {
    const bytes = Buffer.from(rows.buffer, rows.byteOffset + row * width * 4, width * 4).toString('latin1')
    if (!seen.has(bytes)) kept.push(row)
    seen.add(bytes)
  }
  return kept.length * width === rows.length ? rows : pickRows(rows, width, kept)
}
