/** The rows that are searched: row j of `centres` [count, width] scores x · centre_j + bias_j. */
export interface Table {
  readonly centres: Float32Array
  readonly count: number
  readonly bias: Float32Array
}

/** The index that is returned where a table has fewer rows than requested. */
export const none = 4294967295

/**
 * The bias with which the nearest centre has the highest score: −‖c‖²/2. Where cluster sizes are bounded,
 * half the centre's price is subtracted too.
 */
export function nearestBias(
  centres: Float32Array,
  count: number,
  width: number,
  price?: Float64Array,
): Float32Array {
  const bias = new Float32Array(count)
  for (let j = 0; j < count; j++) {
    let norm = 0
    for (let t = j * width; t < (j + 1) * width; t++) norm += centres[t]! * centres[t]!
    bias[j] = -(norm + (price ? price[j]! : 0)) / 2
  }
  return bias
}
