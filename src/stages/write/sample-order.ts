import { append } from '../../core/extremes.js'
import type { Random } from '../../core/random.js'

export interface OrderOptions {
  /** Undefined: shuffled. */
  readonly order?: 'shuffled' | 'stratified' | 'batched' | undefined
  readonly batch_rows?: number | undefined
}

const usualBatch = 256

/**
 * The order in which a set's samples are written, from a shuffled one. `stratified`: fine clusters take turns
 * in proportion to their sizes, so that any stretch of samples holds nearly the share of each that the whole
 * set has. `batched`: stretches of `batch_rows` samples of one fine cluster each, in shuffled order, and
 * after them what fills no stretch, shuffled. Both keep every sample.
 */
export function orderSamples(
  shuffled: Float64Array,
  clusterOf: (entry: number) => number,
  { order, batch_rows: batch = usualBatch }: OrderOptions,
  random: Random,
): Float64Array {
  if (order === 'stratified') return stratified(shuffled, clusterOf, random)
  return order === 'batched' ? batched(shuffled, clusterOf, batch, random) : shuffled
}

function stratified(
  entries: Float64Array,
  clusterOf: (entry: number) => number,
  random: Random,
): Float64Array {
  const place = new Float64Array(entries.length)
  for (const members of membersOf(entries, clusterOf)) {
    const start = random.unit()
    members.forEach((at, rank) => (place[at] = (rank + start) / members.length))
  }
  const order = Uint32Array.from(entries, (_, at) => at).sort((a, b) => place[a]! - place[b]! || a - b)
  return Float64Array.from(order, (at) => entries[at]!)
}

function batched(
  entries: Float64Array,
  clusterOf: (entry: number) => number,
  batch: number,
  random: Random,
): Float64Array {
  const stretches: number[][] = []
  const rest: number[] = []
  for (const members of membersOf(entries, clusterOf)) {
    const whole = members.length - (members.length % batch)
    for (let at = 0; at < whole; at += batch) stretches.push(members.slice(at, at + batch))
    append(rest, members.slice(whole))
  }
  random.shuffle(stretches)
  random.shuffle(rest)
  return Float64Array.from([...stretches.flat(), ...rest], (at) => entries[at]!)
}

/** Places of the entries by cluster, clusters by number. */
function membersOf(entries: Float64Array, clusterOf: (entry: number) => number): readonly number[][] {
  const members = new Map<number, number[]>()
  entries.forEach((entry, at) => {
    const cluster = clusterOf(entry)
    const list = members.get(cluster)
    if (list) list.push(at)
    else members.set(cluster, [at])
  })
  return [...members].sort(([a], [b]) => a - b).map(([, list]) => list)
}
