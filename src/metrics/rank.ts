/**
 * Number of the `count` scores from `from` that rank above that of `label`: 0 if it is the best. Equal scores
 * rank by index, so that a model with constant scores gets no credit beyond chance.
 */
export function rankOf(scores: ArrayLike<number>, from: number, count: number, label: number): number {
  const own = scores[from + label]!
  let rank = 0
  for (let i = 0; i < count; i++) {
    const other = scores[from + i]!
    if (other > own || (other === own && i < label)) rank++
  }
  return rank
}

/** Rank of the best-placed positive: any of them counts, as in retrieval with several captions per image. */
export function bestRank(
  scores: ArrayLike<number>,
  from: number,
  count: number,
  positives: ArrayLike<number>,
): number {
  let best = count
  for (let i = 0; i < positives.length; i++) best = Math.min(best, rankOf(scores, from, count, positives[i]!))
  return best
}
