/** The vectors to be clustered, in the order in which they are visited. May lie in memory or on disk. */
export interface Points {
  readonly rows: number
  readonly width: number
  /** Rows `start` to `end` (exclusive), row-major; valid until the next call. */
  read(start: number, end: number): Promise<Float32Array>
}

export function memoryPoints(vectors: Float32Array, width: number): Points {
  return {
    rows: vectors.length / width,
    width,
    read: async (start, end) => vectors.subarray(start * width, end * width),
  }
}

/** The first `rows` of some points: a uniform sample, since the order of the points is a hash order. */
export function firstPoints(points: Points, rows: number): Points {
  return {
    rows: Math.min(rows, points.rows),
    width: points.width,
    read: (start, end) => points.read(start, end),
  }
}
