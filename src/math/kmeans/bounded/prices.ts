/**
 * Each row's two best centres at the current prices; `gap` is how much worse the second is, as a squared
 * distance.
 */
export interface Choices {
  readonly first: Uint32Array
  readonly second: Uint32Array
  readonly gap: Float32Array
}

/** The share of a full step that a price moves: all prices move at once, so full steps would overshoot. */
const damping = 0.8

/**
 * One round of an auction in which centres are the sellers: a centre with too many rows raises its price
 * until the surplus would leave for its second choice; a priced centre with room lowers its price until the
 * rows whose second choice it is would come and fill it. At the fixed point no row wants to move, no centre
 * is over capacity, and only full centres have a price: the optimality conditions of the transport problem.
 * Changes `price` in place.
 */
export function movePrices(
  price: Float64Array,
  counts: Float64Array,
  capacity: number,
  { first, second, gap }: Choices,
): void {
  const leaving = gapsBy(first, gap, (centre) => counts[centre]! > capacity, counts.length)
  const coming = gapsBy(
    second,
    gap,
    (centre) => counts[centre]! < capacity && price[centre]! > 0,
    counts.length,
  )
  for (const [centre, gaps] of leaving)
    price[centre] = price[centre]! + damping * gaps[counts[centre]! - capacity - 1]!
  for (const [centre, gaps] of coming) {
    const room = capacity - counts[centre]!
    const drop = gaps.length < room ? Infinity : gaps[room - 1]!
    price[centre] = Math.max(0, price[centre]! - damping * Math.min(drop, price[centre]!))
  }
  // A priced centre that is no row's second choice would attract nobody, so its price decays.
  for (let centre = 0; centre < price.length; centre++) {
    if (price[centre]! > 0 && counts[centre]! < capacity && !coming.has(centre))
      price[centre] = price[centre]! * (1 - damping)
  }
}

/** For each wanted centre, the gaps of the rows that chose it, ascending. */
function gapsBy(
  choice: Uint32Array,
  gap: Float32Array,
  wanted: (centre: number) => boolean,
  centres: number,
): Map<number, Float32Array> {
  const sizes = new Uint32Array(centres)
  const asked = Uint8Array.from({ length: centres }, (_, centre) => (wanted(centre) ? 1 : 0))
  for (const centre of choice) if (centre < centres && asked[centre]) sizes[centre] = sizes[centre]! + 1
  const lists = new Map<number, Float32Array>()
  for (let centre = 0; centre < centres; centre++)
    if (asked[centre] && sizes[centre]! > 0) lists.set(centre, new Float32Array(sizes[centre]!))
  for (let row = 0; row < choice.length; row++) {
    const list = lists.get(choice[row]!)
    if (list) list[--sizes[choice[row]!]!] = gap[row]!
  }
  for (const list of lists.values()) list.sort()
  return lists
}
