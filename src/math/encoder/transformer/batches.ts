/** Rows that are run together, all padded to `length`. */
export interface Batch {
  readonly length: number
  /** Indices into the token lists. */
  readonly rows: readonly number[]
}

/**
 * The length to which a row of this many tokens is padded: depends on that number alone, so that a vector
 * never depends on the other rows of its batch. Exact up to 32 tokens, which most captions have; then in
 * steps, so that rare lengths share batches.
 */
export function paddedLength(tokens: number, limit: number): number {
  const step = tokens <= 32 ? 1 : tokens <= 64 ? 4 : tokens <= 128 ? 8 : tokens <= 256 ? 16 : 32
  return Math.max(tokens, Math.min(limit, Math.ceil(tokens / step) * step))
}

/** Batches of about `tokens` padded tokens, shortest first. Sizes for one length differ by at most one. */
export function planBatches(counts: ArrayLike<number>, limit: number, tokens: number): Batch[] {
  const byLength = new Map<number, number[]>()
  for (let row = 0; row < counts.length; row++) {
    const length = paddedLength(counts[row] as number, limit)
    const rows = byLength.get(length)
    if (rows) rows.push(row)
    else byLength.set(length, [row])
  }
  return [...byLength.keys()]
    .sort((a, b) => a - b)
    .flatMap((length) => {
      const rows = byLength.get(length) as number[]
      const pieces = Math.ceil(rows.length / Math.max(2, Math.floor(tokens / length)))
      return Array.from({ length: pieces }, (_, piece) => ({
        length,
        rows: rows.slice(
          Math.floor((piece * rows.length) / pieces),
          Math.floor(((piece + 1) * rows.length) / pieces),
        ),
      }))
    })
}
