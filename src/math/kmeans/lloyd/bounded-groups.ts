/**
 * Nearest groups under a bound on the summed weight of each group, for a few thousand indivisible items.
 * Starts from the nearest group. While a group is too heavy, the item whose move costs least goes to the
 * cheapest group that has room for it. Items too heavy to fit anywhere stay, so the bound can be missed by
 * one item; the caller sees it in the loads.
 *
 * `squared` [items, groups] holds squared distances. Ties go to the lowest group and the lowest item.
 */
export function boundedGroups(
  squared: Float64Array,
  weights: Float64Array,
  groups: number,
  bound: number,
): Uint32Array {
  const items = weights.length
  const group = new Uint32Array(items)
  const load = new Float64Array(groups)
  for (let i = 0; i < items; i++) {
    let best = 0
    for (let g = 1; g < groups; g++) if (squared[i * groups + g]! < squared[i * groups + best]!) best = g
    group[i] = best
    load[best] = load[best]! + weights[i]!
  }
  const stuck = new Uint8Array(groups)
  for (;;) {
    const heavy = load.findIndex((total, g) => total > bound && !stuck[g])
    if (heavy < 0) return group
    if (!relieve(heavy)) stuck[heavy] = 1
  }

  /** Moves items out of one group, cheapest first, until it fits. */
  function relieve(heavy: number): boolean {
    const moves: { item: number; to: number; extra: number }[] = []
    for (let i = 0; i < items; i++) {
      if (group[i] !== heavy || weights[i] === 0) continue
      for (let to = 0; to < groups; to++) {
        if (to === heavy || load[to]! + weights[i]! > bound) continue
        moves.push({ item: i, to, extra: squared[i * groups + to]! - squared[i * groups + heavy]! })
      }
    }
    moves.sort((a, b) => a.extra - b.extra || a.item - b.item || a.to - b.to)
    let moved = false
    for (const { item, to } of moves) {
      if (load[heavy]! <= bound) break
      if (group[item] !== heavy || load[to]! + weights[item]! > bound) continue
      group[item] = to
      load[heavy] = load[heavy]! - weights[item]!
      load[to] = load[to]! + weights[item]!
      moved = true
    }
    return moved
  }
}
