/**
 * Inserts `value` into the k best, which are at `start` to `start + k` of `score` and `index`, best first.
 * Returns false if it is not among them. An equal score goes behind the one that came first, which has the
 * lower index.
 */
export function insert(
  score: Float32Array | Int32Array,
  index: Uint32Array,
  start: number,
  k: number,
  value: number,
  candidate: number,
): boolean {
  let at = start + k - 1
  if (!(value > score[at]!)) return false
  for (; at > start && value > score[at - 1]!; at--) {
    score[at] = score[at - 1]!
    index[at] = index[at - 1]!
  }
  score[at] = value
  index[at] = candidate
  return true
}
