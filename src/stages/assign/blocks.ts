import { ahead } from '../../core/ahead.js'
import type { NpyFile } from '../../io/npy.js'

export interface Block {
  readonly start: number
  readonly end: number
  /** In shared memory, where threads read it; valid until the next block is requested. */
  readonly vectors: Float32Array
}

/** Yields all rows of an array in order; reads the next block while the current one is processed. */
export async function* blocksOf(npy: NpyFile, blockRows: number): AsyncGenerator<Block> {
  const [rows = 0, width = 0] = npy.shape
  const blocks = Math.ceil(rows / blockRows)
  const largest = Math.min(rows, blockRows) * width
  const buffers = [0, 1].map(() => new Float32Array(new SharedArrayBuffer(4 * largest)))
  const fetch = ahead(async (at): Promise<Block> => {
    const start = at * blockRows
    const end = Math.min(rows, start + blockRows)
    return { start, end, vectors: await npy.readRows(start, end, buffers[at % 2]!) }
  }, blocks)
  for (let at = 0; at < blocks; at++) yield await fetch(at)
}
