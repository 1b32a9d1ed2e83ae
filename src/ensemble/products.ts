/** Adds weighted cosines of unit vectors to `into` [m, n]: `rows` [m, width] against `columns` [n, width]. */
export function addProducts(
  into: Float32Array,
  rows: Float32Array,
  columns: Float32Array,
  width: number,
  weight: (row: number, column: number) => number,
): void {
  const n = columns.length / width
  for (let row = 0; row < rows.length / width; row++) {
    for (let column = 0; column < n; column++) {
      let sum = 0
      for (let i = 0; i < width; i++) sum += rows[row * width + i]! * columns[column * width + i]!
      into[row * n + column]! += weight(row, column) * sum
    }
  }
}

/** Index of the highest score; the first one wins a tie. */
export function indexOfMax(scores: Float32Array): number {
  let best = 0
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i
  return best
}
