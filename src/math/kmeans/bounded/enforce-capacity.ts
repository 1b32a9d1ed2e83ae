import { pickRows } from '../../matrix.js'
import { readRows, type Points } from '../../points.js'
import { nearestBias, type TopK } from '../../nearest/top-k.js'

/**
 * Makes a bound hold exactly: of the rows of a centre beyond its capacity, those that lose least by leaving
 * go to the nearest centre that has room. Changes `first` and `counts` in place. Capacity times centres must
 * be at least the number of rows. Ties go to the lower row.
 */
export async function enforceCapacity(
  points: Points,
  centres: Float32Array,
  counts: Float64Array,
  capacity: number,
  choices: { readonly first: Uint32Array; readonly gap: Float32Array },
  topK: TopK,
): Promise<void> {
  const { width } = points
  const { first, gap } = choices
  let unplaced = surplus(first, gap, counts, capacity)
  for (const row of unplaced) counts[first[row]!] = counts[first[row]!]! - 1
  const withoutPrices = nearestBias(centres, counts.length, width)
  const vectors = await readRows(points, unplaced)
  let places = unplaced.map((_, at) => at)
  while (unplaced.length > 0) {
    const bias = withoutPrices.map((value, centre) => (counts[centre]! < capacity ? value : -Infinity))
    const { index, score } = await topK.search(pickRows(vectors, width, places), places.length, {
      centres,
      count: counts.length,
      bias,
    })
    const order = unplaced
      .map((_, at) => at)
      .sort((a, b) => score[b]! - score[a]! || unplaced[a]! - unplaced[b]!)
    const left: number[] = []
    for (const at of order) {
      const centre = index[at]!
      if (counts[centre]! < capacity) {
        first[unplaced[at]!] = centre
        counts[centre] = counts[centre]! + 1
      } else left.push(at)
    }
    left.sort((a, b) => a - b)
    places = left.map((at) => places[at]!)
    unplaced = left.map((at) => unplaced[at]!)
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
