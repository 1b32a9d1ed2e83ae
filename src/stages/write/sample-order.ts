import { append } from '../../core/extremes.js'
import type { Random } from '../../core/random.js'

export interface OrderOptions {
  /** Undefined: shuffled. */
  readonly order?: 'shuffled' | 'stratified' | 'batched' | undefined
  readonly batch_rows?: number | undefined
}

const defaultBatch = 256

/**
 * Orders a set's samples for writing, from a shuffled order. `stratified`: fine clusters are interleaved in
 * proportion to their sizes, so that any run of samples has nearly the same share of each as the whole set.
 * `batched`: runs of `batch_rows` samples from one fine cluster each, in shuffled order, followed by the
 * samples that fill no run, shuffled. Both keep every sample.
 */
export function orderSamples(
  shuffled: Float64Array,
  clusterOf: (entry: number) => number,
  { order, batch_rows: batch = defaultBatch }: OrderOptions,
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
  const position = new Float64Array(entries.length)
  for (const members of membersOf(entries, clusterOf)) {
    const start = random.unit()
    members.forEach((at, rank) => (position[at] = (rank + start) / members.length))
  }
  const order = Uint32Array.from(entries, (_, at) => at).sort((a, b) => position[a]! - position[b]! || a - b)
  return Float64Array.from(order, (at) => entries[at]!)
}

function batched(
  entries: Float64Array,
  clusterOf: (entry: number) => number,
  batch: number,
  random: Random,
): Float64Array {
  const runs: number[][] = []
  const rest: number[] = []
  for (const members of membersOf(entries, clusterOf)) {
    const whole = members.length - (members.length % batch)
    for (let at = 0; at < whole; at += batch) runs.push(members.slice(at, at + batch))
    append(rest, members.slice(whole))
  }
  random.shuffle(runs)
  random.shuffle(rest)
  return Float64Array.from([...runs.flat(), ...rest], (at) => entries[at]!)
}

/** Positions of the entries by cluster, clusters by number. */
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
