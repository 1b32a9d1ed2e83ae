/** Vectors to cluster, in the order in which they are visited; in memory or on disk. */
export interface Points {
  readonly rows: number
  readonly width: number
  /** Rows `start` to `end` (exclusive), row-major; valid until the next call. */
  read(start: number, end: number): Promise<Float32Array>
}

/** Points of `vectors` [rows, width]. */
export function memoryPoints(vectors: Float32Array, width: number): Points {
  return {
    rows: vectors.length / width,
    width,
    read: async (start, end) => vectors.subarray(start * width, end * width),
  }
}

/** The first `rows` points: a uniform sample, since the order of the points is a hash order. */
export function firstPoints(points: Points, rows: number): Points {
  return {
    rows: Math.min(rows, points.rows),
    width: points.width,
    read: (start, end) => points.read(start, end),
  }
}

/** Copies rows, in the order of `rows`: [rows.length, width]. */
export async function readRows(points: Points, rows: readonly number[]): Promise<Float32Array> {
  const { width } = points
  const copied = new Float32Array(rows.length * width)
  for (let at = 0; at < rows.length; at++) copied.set(await points.read(rows[at]!, rows[at]! + 1), at * width)
  return copied
}
