import { maxOf } from '../../core/extremes.js'
import { Random } from '../../core/random.js'
import { openGemm, type Gemm } from '../gemm/gemm.js'
import { boundedGroups } from './bounded/bounded-groups.js'
import { tooFewPoints } from './errors.js'

export interface GroupOptions {
  readonly groups: number
  readonly seed: string | number
  /** Largest group over the mean, by weight; null for no bound. */
  readonly max_ratio: number | null
  readonly threads: number
}

export interface Groups {
  /** Group of every centre. */
  readonly group: Uint32Array
  /** [groups, width]: weighted means. */
  readonly means: Float32Array
  /** Summed weight per group. */
  readonly loads: Float64Array
  /** Σ weight · squared distance to the mean. */
  readonly inertia: number
}

const restarts = 8
const maxRounds = 60

/**
 * The second step of two-step clustering: groups fine centres (their weights being populations) into few
 * experts. Weighted k-means from several k-means++ starts, of which the lowest inertia wins; under a bound
 * every round assigns by `boundedGroups`.
 */
export async function groupCentres(
  centres: Float32Array,
  width: number,
  weights: Float64Array,
  options: GroupOptions,
): Promise<Groups> {
  const items = weights.length
  if (items < options.groups) throw tooFewPoints(items, options.groups)
  const gemm = openGemm(options.threads)
  try {
    let best: Groups | undefined
    for (let restart = 0; restart < restarts; restart++) {
      const found = await groupOnce(
        gemm,
        centres,
        width,
        weights,
        options,
        new Random(options.seed, 'group', restart),
      )
      if (!best || preferred(found, best, boundOf(weights, options))) best = found
    }
    return best!
  } finally {
    await gemm.close()
  }
}

export function boundOf(
  weights: Float64Array,
  { groups, max_ratio }: Pick<GroupOptions, 'groups' | 'max_ratio'>,
): number {
  if (max_ratio === null) return Infinity
  return (weights.reduce((total, weight) => total + weight, 0) / groups) * max_ratio
}

/** Keeping the bound comes first, then inertia. */
function preferred(a: Groups, b: Groups, bound: number): boolean {
  const over = (groups: Groups) => Math.max(0, maxOf(groups.loads, 0) - bound)
  return over(a) !== over(b) ? over(a) < over(b) : a.inertia < b.inertia
}

async function groupOnce(
  gemm: Gemm,
  centres: Float32Array,
  width: number,
  weights: Float64Array,
  { groups, max_ratio }: GroupOptions,
  random: Random,
): Promise<Groups> {
  const items = weights.length
  const bound = boundOf(weights, { groups, max_ratio })
  const norms = squaredNorms(centres, items, width)
  let means = await plusPlus(gemm, centres, width, norms, weights, groups, random)
  let group = new Uint32Array(items)
  for (let round = 0; round < maxRounds; round++) {
    const squared = await squaredDistances(gemm, centres, norms, means, items, groups, width)
    const next = boundedGroups(squared, weights, groups, bound)
    fillEmpty(next, squared, weights, groups)
    const same = round > 0 && next.every((value, i) => value === group[i])
    group = next as Uint32Array<ArrayBuffer>
    if (same) break
    means = weightedMeans(centres, width, weights, group, groups)
  }
  const loads = new Float64Array(groups)
  for (let i = 0; i < items; i++) loads[group[i]!] = loads[group[i]!]! + weights[i]!
  const squared = await squaredDistances(gemm, centres, norms, means, items, groups, width)
  let inertia = 0
  for (let i = 0; i < items; i++) inertia += weights[i]! * squared[i * groups + group[i]!]!
  return { group, means, loads, inertia }
}

async function plusPlus(
  gemm: Gemm,
  centres: Float32Array,
  width: number,
  norms: Float64Array,
  weights: Float64Array,
  groups: number,
  random: Random,
): Promise<Float32Array> {
  const items = weights.length
  const means = new Float32Array(groups * width)
  // Unpopulated centres may be drawn only where nothing else is left.
  const mass = weights.map((weight) => weight + 1e-9)
  const nearest = new Float64Array(items).fill(Infinity)
  for (let at = 0; at < groups; at++) {
    const chosen = draw(mass, random)
    const place = centres.slice(chosen * width, (chosen + 1) * width)
    means.set(place, at * width)
    const squared = await squaredDistances(gemm, centres, norms, place, items, 1, width)
    for (let i = 0; i < items; i++) {
      nearest[i] = Math.min(nearest[i]!, squared[i]!)
      mass[i] = (weights[i]! + 1e-9) * nearest[i]!
    }
    mass[chosen] = 0
  }
  return means
}

function draw(mass: Float64Array, random: Random): number {
  let rest = random.unit() * mass.reduce((total, value) => total + value, 0)
  let last = 0
  for (let i = 0; i < mass.length; i++) {
    if (!(mass[i]! > 0)) continue
    last = i
    rest -= mass[i]!
    if (rest < 0) return i
  }
  return last
}

/** A group without items takes the item that costs most where it is and is not alone there. */
function fillEmpty(group: Uint32Array, squared: Float64Array, weights: Float64Array, groups: number): void {
  const size = new Uint32Array(groups)
  for (const g of group) size[g] = size[g]! + 1
  for (let g = 0; g < groups; g++) {
    if (size[g]! > 0) continue
    let worst = -1
    let cost = -1
    for (let i = 0; i < group.length; i++) {
      const here = weights[i]! * squared[i * groups + group[i]!]!
      if (size[group[i]!]! > 1 && here > cost) {
        cost = here
        worst = i
      }
    }
    size[group[worst]!] = size[group[worst]!]! - 1
    group[worst] = g
    size[g] = 1
  }
}

function weightedMeans(
  centres: Float32Array,
  width: number,
  weights: Float64Array,
  group: Uint32Array,
  groups: number,
): Float32Array {
  const sums = new Float64Array(groups * width)
  const total = new Float64Array(groups)
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]! + 1e-9
    const g = group[i]!
    total[g] = total[g]! + weight
    for (let t = 0; t < width; t++)
      sums[g * width + t] = sums[g * width + t]! + weight * centres[i * width + t]!
  }
  return Float32Array.from(sums, (value, at) => value / total[Math.floor(at / width)]!)
}

async function squaredDistances(
  gemm: Gemm,
  centres: Float32Array,
  norms: Float64Array,
  means: Float32Array,
  items: number,
  groups: number,
  width: number,
): Promise<Float64Array> {
  const products = await gemm.multiply(centres, means, { m: items, k: width, n: groups, transpose_b: true })
  const meanNorms = squaredNorms(means, groups, width)
  return Float64Array.from(products, (product, at) =>
    Math.max(0, norms[Math.floor(at / groups)]! + meanNorms[at % groups]! - 2 * product),
  )
}

function squaredNorms(vectors: Float32Array, rows: number, width: number): Float64Array {
  const norms = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (let t = row * width; t < (row + 1) * width; t++) sum += vectors[t]! * vectors[t]!
    norms[row] = sum
  }
  return norms
}
