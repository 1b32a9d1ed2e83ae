/** Each level has this many times fewer clusters than the one below it. */
const ratio = 16

/** Number of clusters of each level above the fine clusters: as given, or derived from `ratio`. */
export function levelsFor(fine: number, given: readonly number[]): readonly number[] {
  if (given.length > 0) return given
  const levels: number[] = []
  for (let count = Math.round(fine / ratio); count >= 2; count = Math.round(count / ratio)) levels.push(count)
  return levels
}
