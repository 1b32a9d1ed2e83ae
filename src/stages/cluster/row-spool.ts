import { appendFileSync, closeSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { SamplePoints } from './sample-points.js'

/** Bytes of rows that are sorted in memory at a time. */
const bucketBytes = 64 << 20
/** Bytes buffered per bucket before they are written. */
const bufferBytes = 128 << 10
/** Float64 words before each vector: its hash and its number. */
const headBytes = 16

/**
 * Sorts vectors that do not fit in memory by hash, on scratch: hashes are uniform, so each row goes to the
 * bucket of its hash, and buckets are sorted one by one. Memory is one bucket, independent of the number of
 * rows; scratch temporarily holds every row twice.
 */
export class RowSpool {
  private readonly folder: string
  private readonly width: number
  private readonly rowBytes: number
  private readonly buffers: { readonly bytes: Buffer; filled: number; rows: number }[]
  private rows = 0

  constructor(folder: string, width: number, rows: number) {
    this.folder = folder
    this.width = width
    this.rowBytes = headBytes + 4 * width
    const buckets = Math.max(1, Math.ceil((rows * this.rowBytes) / bucketBytes))
    const bytes = Math.max(this.rowBytes, bufferBytes - (bufferBytes % this.rowBytes))
    this.buffers = Array.from({ length: buckets }, () => ({ bytes: Buffer.alloc(bytes), filled: 0, rows: 0 }))
  }

  /** Adds rows `offset` of a block, with their hashes in [0, 1). */
  add(hash: Float64Array, block: Float32Array, offset: Uint32Array): void {
    const { width, rowBytes, buffers } = this
    for (let at = 0; at < offset.length; at++) {
      const bucket = Math.floor(hash[at]! * buffers.length)
      const buffer = buffers[bucket]!
      if (buffer.filled + rowBytes > buffer.bytes.length) this.flush(bucket)
      buffer.bytes.writeDoubleLE(hash[at]!, buffer.filled)
      buffer.bytes.writeDoubleLE(this.rows++, buffer.filled + 8)
      const from = block.byteOffset + 4 * offset[at]! * width
      buffer.bytes.set(new Uint8Array(block.buffer, from, 4 * width), buffer.filled + headBytes)
      buffer.filled += rowBytes
      buffer.rows++
    }
  }

  finish(): SamplePoints {
    const fd = openSync(join(this.folder, 'sample.f32'), 'wx+')
    for (let bucket = 0; bucket < this.buffers.length; bucket++) {
      this.flush(bucket)
      if (this.buffers[bucket]!.rows === 0) continue
      const vectors = this.sorted(readFileSync(this.path(bucket)))
      for (let at = 0; at < vectors.length;) at += writeSync(fd, vectors, at)
      rmSync(this.path(bucket))
    }
    return filePoints(fd, this.rows, this.width)
  }

  private sorted(bytes: Buffer): Uint8Array {
    const { rowBytes } = this
    const rows = bytes.length / rowBytes
    const head = Float64Array.from({ length: 2 * rows }, (_, at) =>
      bytes.readDoubleLE((at >> 1) * rowBytes + 8 * (at & 1)),
    )
    const order = Uint32Array.from({ length: rows }, (_, row) => row).sort(
      (a, b) => head[2 * a]! - head[2 * b]! || head[2 * a + 1]! - head[2 * b + 1]!,
    )
    const vectors = new Uint8Array(rows * (rowBytes - headBytes))
    order.forEach((row, at) =>
      vectors.set(
        bytes.subarray(row * rowBytes + headBytes, (row + 1) * rowBytes),
        at * (rowBytes - headBytes),
      ),
    )
    return vectors
  }

  private flush(bucket: number): void {
    const buffer = this.buffers[bucket]!
    if (buffer.filled > 0) appendFileSync(this.path(bucket), buffer.bytes.subarray(0, buffer.filled))
    buffer.filled = 0
  }

  private path(bucket: number): string {
    return join(this.folder, `bucket-${bucket}`)
  }
}

function filePoints(fd: number, rows: number, width: number): SamplePoints {
  // Shared, so that threads read the points without a copy.
  let into = new SharedArrayBuffer(0)
  return {
    rows,
    width,
    async read(start, end) {
      const bytes = 4 * width * (end - start)
      if (bytes > into.byteLength) into = new SharedArrayBuffer(bytes)
      for (let at = 0; at < bytes;) {
        const got = readSync(fd, new Uint8Array(into), at, bytes - at, 4 * width * start + at)
        if (got === 0) throw new Error('the sample on scratch is truncated')
        at += got
      }
      return new Float32Array(into, 0, width * (end - start))
    },
    close: () => closeSync(fd),
  }
}
