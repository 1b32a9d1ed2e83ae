/**
 * Keeps the best `depth` from `into` on in `score` and `index`, best first; false where `value` is not among
 * them. An equal score stays behind the one that came first, which has the lower index.
 */
export function insert(
  score: Float32Array | Int32Array,
  index: Uint32Array,
  into: number,
  depth: number,
  value: number,
  candidate: number,
): boolean {
  let at = into + depth - 1
  if (!(value > score[at]!)) return false
  for (; at > into && value > score[at - 1]!; at--) {
    score[at] = score[at - 1]!
    index[at] = index[at - 1]!
  }
  score[at] = value
  index[at] = candidate
  return true
}
