/** The centre nearest to a text (a class name, caption or query). */
export interface NearestCentre {
  /** Its number among the searched centres; the lowest one wins a tie. */
  readonly fine: number
  /** The expert that it belongs to. */
  readonly expert: number
  /** Euclidean distance to it. */
  readonly distance: number
}

export interface CentreSet {
  /** [count, width] row-major. */
  readonly vectors: Float32Array
  readonly width: number
  /** Expert of every centre. */
  readonly experts: ArrayLike<number>
  /** Number of experts, including those that have no centre. */
  readonly expert_count: number
}

/**
 * Finds the nearest centre of each of the `texts` ([texts, width], by the encoder that the centres were
 * fitted with).
 */
export function nearestCentres(texts: Float32Array, centres: CentreSet): NearestCentre[] {
  const { width } = centres
  return rowsOf(texts, width).map((vector) => {
    let fine = 0
    let best = Number.POSITIVE_INFINITY
    for (let centre = 0; centre < centres.experts.length; centre++) {
      const squared = squaredDistance(vector, centres.vectors, centre * width)
      if (squared < best) {
        best = squared
        fine = centre
      }
    }
    return { fine, expert: centres.experts[fine]!, distance: Math.sqrt(best) }
  })
}

/**
 * Squared Euclidean distance of every text to the nearest centre of every expert, [texts, experts]; infinite
 * if an expert has none.
 */
export function squaredToExperts(texts: Float32Array, centres: CentreSet): Float64Array {
  const { width, expert_count: experts } = centres
  const rows = texts.length / width
  const out = new Float64Array(rows * experts).fill(Number.POSITIVE_INFINITY)
  rowsOf(texts, width).forEach((vector, row) => {
    for (let centre = 0; centre < centres.experts.length; centre++) {
      const squared = squaredDistance(vector, centres.vectors, centre * width)
      const cell = row * experts + centres.experts[centre]!
      if (squared < out[cell]!) out[cell] = squared
    }
  })
  return out
}

function rowsOf(matrix: Float32Array, width: number): Float32Array[] {
  if (matrix.length % width !== 0)
    throw new RangeError(`expected rows of width ${width}, got ${matrix.length} values`)
  return Array.from({ length: matrix.length / width }, (_, row) =>
    matrix.subarray(row * width, (row + 1) * width),
  )
}

function squaredDistance(vector: Float32Array, centres: Float32Array, from: number): number {
  let sum = 0
  for (let i = 0; i < vector.length; i++) {
    const difference = vector[i]! - centres[from + i]!
    sum += difference * difference
  }
  return sum
}
