import { closeSync, openSync, readSync, writeSync } from 'node:fs'

const bufferBytes = 4 << 20

/**
 * Images of a group in the order in which they were streamed, in one file on scratch. Tars are written from it in
 * shuffled order afterwards, so that memory holds no images while the input is still read once, whole.
 */
export class ImageLog {
  private readonly fd: number
  private readonly buffer = Buffer.allocUnsafe(bufferBytes)
  private filled = 0
  private flushed = 0

  constructor(path: string) {
    this.fd = openSync(path, 'wx+')
  }

  /** Returns where the bytes begin. */
  append(bytes: Uint8Array): number {
    const offset = this.flushed + this.filled
    if (this.filled + bytes.byteLength > bufferBytes) this.flush()
    if (bytes.byteLength > bufferBytes) {
      this.writeFully(bytes)
      return offset
    }
    this.buffer.set(bytes, this.filled)
    this.filled += bytes.byteLength
    return offset
  }

  /** The bytes stay valid until the next read with the same `into`. */
  read(offset: number, size: number, into: Buffer): Uint8Array {
    this.flush()
    let at = 0
    while (at < size) {
      const got = readSync(this.fd, into, at, size - at, offset + at)
      if (got === 0) throw new Error('the image log on scratch was cut')
      at += got
    }
    return into.subarray(0, size)
  }

  close(): void {
    closeSync(this.fd)
  }

  private flush(): void {
    if (this.filled === 0) return
    const pending = this.buffer.subarray(0, this.filled)
    this.filled = 0
    this.writeFully(pending)
  }

  private writeFully(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.byteLength) {
      const written = writeSync(this.fd, bytes, at, bytes.byteLength - at, this.flushed)
      at += written
      this.flushed += written
    }
  }
}
