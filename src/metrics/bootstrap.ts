import { Random } from '../core/random.js'
import type { Statistic } from './statistics.js'

export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface BootstrapOptions {
  /** The same seed draws the same rows for every statistic, so differences are paired. */
  readonly seed: readonly (string | number)[]
  readonly rounds?: number | undefined
  /** Two-sided confidence. */
  readonly level?: number | undefined
  /** Rows that belong together (captions of one image) and are drawn together: group number of every row. */
  readonly groups?: Uint32Array | undefined
}

/**
 * Percentile bootstrap (Efron 1979): the statistic on all rows, and its quantiles over `rounds` draws of
 * `count` rows with replacement. No rows: all three are 0.
 */
export function bootstrap(count: number, statistic: Statistic, options: BootstrapOptions): Interval {
  return bootstrapAll(count, [statistic], options)[0]!
}

/** Uses the same draws for several statistics. */
export function bootstrapAll(
  count: number,
  statistics: readonly Statistic[],
  options: BootstrapOptions,
): Interval[] {
  const { values, draws } = drawAll(count, statistics, options)
  return values.map((value, i) => intervalOf(value, draws[i]!, options.level))
}

export interface Draws {
  /** Values on all rows. */
  readonly values: readonly number[]
  /**
   * Per statistic, one number per round; all statistics share the rounds, so differences can be taken per
   * round.
   */
  readonly draws: readonly Float64Array[]
}

export function drawAll(count: number, statistics: readonly Statistic[], options: BootstrapOptions): Draws {
  const { rounds = 500 } = options
  const all = Uint32Array.from({ length: count }, (_, row) => row)
  const values = statistics.map((statistic) => (count === 0 ? 0 : statistic(all)))
  const draws = statistics.map(() => new Float64Array(count === 0 ? 0 : rounds))
  if (count === 0) return { values, draws }
  const draw = drawer(count, options)
  for (let round = 0; round < rounds; round++) {
    const rows = draw()
    statistics.forEach((statistic, i) => (draws[i]![round] = statistic(rows)))
  }
  return { values, draws }
}

export function intervalOf(value: number, draws: Float64Array, level = 0.95): Interval {
  if (draws.length === 0) return { value, low: value, high: value }
  const sorted = draws.slice().sort()
  return { value, low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) }
}

function drawer(count: number, { seed, groups }: BootstrapOptions): () => Uint32Array {
  const random = new Random('bootstrap', ...seed)
  if (!groups) {
    const rows = new Uint32Array(count)
    return () => {
      for (let i = 0; i < count; i++) rows[i] = random.below(count)
      return rows
    }
  }
  const members = new Map<number, number[]>()
  groups.forEach((group, row) => {
    const list = members.get(group)
    if (list) list.push(row)
    else members.set(group, [row])
  })
  const lists = [...members.values()]
  return () => Uint32Array.from(lists.flatMap(() => lists[random.below(lists.length)]!))
}

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan). */
export function quantile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share
  const below = Math.floor(at)
  const low = sorted[below] ?? 0
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low
  return low + (high - low) * (at - below)
}
