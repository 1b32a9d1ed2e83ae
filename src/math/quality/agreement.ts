/**
 * Adjusted Rand index (Hubert and Arabie 1985) of two labellings of the same points: 1 for the same
 * partition, about 0 for unrelated ones. It is also 1 if both put all points together, or each point apart.
 */
export function adjustedRand(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const rows = a.length
  if (b.length !== rows) throw new RangeError(`adjusted Rand index of ${rows} and ${b.length} labels`)
  const both = new Map<number, number>()
  const left = new Map<number, number>()
  const right = new Map<number, number>()
  for (let row = 0; row < rows; row++) {
    add(both, a[row]! * 4294967296 + b[row]!)
    add(left, a[row]!)
    add(right, b[row]!)
  }
  const together = pairs(both)
  const expected = (pairs(left) * pairs(right)) / ((rows * (rows - 1)) / 2)
  const max = (pairs(left) + pairs(right)) / 2
  return max === expected ? 1 : (together - expected) / (max - expected)
}

function add(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function pairs(counts: Map<number, number>): number {
  let total = 0
  for (const count of counts.values()) total += (count * (count - 1)) / 2
  return total
}
