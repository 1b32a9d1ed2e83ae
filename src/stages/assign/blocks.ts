import type { NpyFile } from '../../io/npy.js'

export interface Block {
  readonly start: number
  readonly end: number
  /** In shared memory, where threads read it; valid until the next block is asked for. */
  readonly vectors: Float32Array
}

/** All rows of an array, in order: the next block is on its way while one is worked on. */
export async function* blocksOf(npy: NpyFile, blockRows: number): AsyncGenerator<Block> {
  const [rows = 0, width = 0] = npy.shape
  const largest = Math.min(rows, blockRows) * width
  const buffers = [0, 1].map(() => new Float32Array(new SharedArrayBuffer(4 * largest)))
  const read = async (start: number, into: Float32Array): Promise<Block> => {
    const end = Math.min(rows, start + blockRows)
    return { start, end, vectors: await npy.readRows(start, end, into) }
  }
  let next = rows > 0 ? read(0, buffers[0]!) : undefined
  for (let at = 1; next; at++) {
    const block = await next
    next = block.end < rows ? read(block.end, buffers[at % 2]!) : undefined
    // Whoever stops here never learns of its failure.
    next?.catch(() => {})
    yield block
  }
}
