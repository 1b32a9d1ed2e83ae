import type { Points } from '../../points.js'
import { nearestBias, type TopK } from '../../nearest/top-k.js'

/**
 * Makes a bound hold exactly: rows beyond a centre's capacity, those that lose least by leaving, go to the
 * nearest centre that has room. `first` is changed in place, `counts` with it. Capacity times centres must be
 * at least the rows. Ties go to the lower row.
 */
export async function rehome(
  points: Points,
  centres: Float32Array,
  counts: Float64Array,
  capacity: number,
  choices: { readonly first: Uint32Array; readonly gap: Float32Array },
  topK: TopK,
): Promise<void> {
  const { width } = points
  const { first, gap } = choices
  let homeless = surplus(first, gap, counts, capacity)
  for (const row of homeless) counts[first[row]!] = counts[first[row]!]! - 1
  const plain = nearestBias(centres, counts.length, width)
  const vectors = await gather(points, homeless)
  let places = homeless.map((_, at) => at)
  while (homeless.length > 0) {
    const bias = plain.map((value, centre) => (counts[centre]! < capacity ? value : -Infinity))
    const { index, score } = await topK.search(pick(vectors, places, width), places.length, {
      centres,
      count: counts.length,
      bias,
    })
    const order = homeless
      .map((_, at) => at)
      .sort((a, b) => score[b]! - score[a]! || homeless[a]! - homeless[b]!)
    const left: number[] = []
    for (const at of order) {
      const centre = index[at]!
      if (counts[centre]! < capacity) {
        first[homeless[at]!] = centre
        counts[centre] = counts[centre]! + 1
      } else left.push(at)
    }
    left.sort((a, b) => a - b)
    places = left.map((at) => places[at]!)
    homeless = left.map((at) => homeless[at]!)
  }
}

function surplus(first: Uint32Array, gap: Float32Array, counts: Float64Array, capacity: number): number[] {
  const members = new Map<number, number[]>()
  for (let row = 0; row < first.length; row++) {
    const centre = first[row]!
    if (counts[centre]! <= capacity) continue
    const list = members.get(centre)
    if (list) list.push(row)
    else members.set(centre, [row])
  }
  const rows: number[] = []
  for (const [centre, list] of members) {
    list.sort((a, b) => gap[a]! - gap[b]! || a - b)
    for (let at = 0; at < counts[centre]! - capacity; at++) rows.push(list[at]!)
  }
  return rows.sort((a, b) => a - b)
}

async function gather(points: Points, rows: readonly number[]): Promise<Float32Array> {
  const out = new Float32Array(rows.length * points.width)
  for (let at = 0; at < rows.length; at++)
    out.set(await points.read(rows[at]!, rows[at]! + 1), at * points.width)
  return out
}

function pick(vectors: Float32Array, places: readonly number[], width: number): Float32Array {
  if (places.length * width === vectors.length) return vectors
  const out = new Float32Array(places.length * width)
  places.forEach((place, at) => out.set(vectors.subarray(place * width, (place + 1) * width), at * width))
  return out
}
