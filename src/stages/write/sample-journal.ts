import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { type ImageLocation, InputImages } from './input-images.js'

/** One sample as written to shards. */
export interface SampleRecord {
  readonly key: string
  /** Empty if there is only a URL. */
  readonly image: Uint8Array
  /** Extension of the image, without the dot. */
  readonly extension: string
  readonly caption: Uint8Array
  /** The `.json` member with `ooc` false. */
  readonly json: Uint8Array
}

/** A sample in the journal without its image. */
export type SampleTexts = { readonly [text in 'key' | 'extension' | 'caption' | 'json']: string }

const bufferBytes = 4 << 20
/**
 * Lengths of key, extension, caption, JSON and image, then the image's input (from 1; 0: the image follows)
 * and its offset there.
 */
const headerBytes = 4 * 6 + 8

/**
 * The samples of a group in the order in which they were streamed, in one file on scratch. Shards are written
 * from it in shuffled order, so that the input is streamed once, whole, while memory holds 16 bytes per
 * sample and never an image or a caption. An image that is uncompressed in a local file is not copied: the
 * journal holds its location.
 */
export class SampleJournal {
  /** Reads the images that are not copied to the journal. */
  readonly inputs = new InputImages()
  private readonly fd: number
  private buffer = Buffer.allocUnsafe(bufferBytes)
  private filled = 0
  private flushed = 0
  private offsets = new Float64Array(1024)
  private sizes = new Uint32Array(1024)
  private clusters = new Uint32Array(1024)
  private into = Buffer.allocUnsafe(1 << 16)
  /** Samples so far. */
  length = 0

  constructor(path: string) {
    this.fd = openSync(path, 'wx+')
  }

  /** Returns the sample's number. */
  append(
    { key, extension, caption, json }: SampleTexts,
    image: Uint8Array | ImageLocation,
    cluster: number,
  ): number {
    if (this.length === this.offsets.length) this.grow()
    const number = this.length++
    this.clusters[number] = cluster
    // A UTF-16 unit takes at most three bytes.
    const room = headerBytes + 3 * (key.length + extension.length + caption.length + json.length)
    if (room > this.buffer.byteLength - this.filled) this.flush()
    if (room > this.buffer.byteLength) this.buffer = Buffer.allocUnsafe(room)
    const { buffer, filled: start } = this
    this.offsets[number] = this.flushed + start
    let at = start + headerBytes
    const put = (text: string, part: number) => {
      const written = buffer.write(text, at, 'utf8')
      buffer.writeUInt32LE(written, start + 4 * part)
      at += written
    }
    put(key, 0)
    put(extension, 1)
    put(caption, 2)
    put(json, 3)
    const kept = image instanceof Uint8Array
    const imageBytes = kept ? image.byteLength : image.size
    buffer.writeUInt32LE(imageBytes, start + 16)
    buffer.writeUInt32LE(kept ? 0 : image.input + 1, start + 20)
    buffer.writeDoubleLE(kept ? 0 : image.offset, start + 24)
    this.sizes[number] = at - start - headerBytes + imageBytes
    this.filled = at
    if (kept) this.put(image)
    return number
  }

  /** Fine cluster of a sample. */
  clusterOf(number: number): number {
    return this.clusters[number] as number
  }

  /** Bytes of a sample. */
  size(number: number): number {
    return this.sizes[number] as number
  }

  /** The bytes stay valid until the next read. */
  read(number: number): SampleRecord {
    this.flush()
    const offset = this.offsets[number] as number
    const size = (number + 1 < this.length ? (this.offsets[number + 1] as number) : this.flushed) - offset
    if (size > this.into.byteLength) this.into = Buffer.allocUnsafe(size * 2)
    const { into } = this
    for (let at = 0; at < size;) {
      const got = readSync(this.fd, into, at, size - at, offset + at)
      if (got === 0) throw new Error('the journal on scratch is truncated')
      at += got
    }
    let at = headerBytes
    const next = (part: number) => into.subarray(at, (at += into.readUInt32LE(4 * part)))
    const [key, extension, caption, json] = [next(0), next(1), next(2), next(3)]
    const input = into.readUInt32LE(20)
    const image =
      input === 0
        ? next(4)
        : this.inputs.read({ input: input - 1, offset: into.readDoubleLE(24), size: into.readUInt32LE(16) })
    return { key: key.toString('latin1'), extension: extension.toString('latin1'), image, caption, json }
  }

  close(): void {
    this.inputs.close()
    closeSync(this.fd)
  }

  private put(bytes: Uint8Array): void {
    if (this.filled + bytes.byteLength > this.buffer.byteLength) this.flush()
    if (bytes.byteLength > this.buffer.byteLength) return this.writeFully(bytes)
    this.buffer.set(bytes, this.filled)
    this.filled += bytes.byteLength
  }

  private flush(): void {
    if (this.filled === 0) return
    const pending = this.buffer.subarray(0, this.filled)
    this.filled = 0
    this.writeFully(pending)
  }

  private writeFully(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength;) {
      const written = writeSync(this.fd, bytes, at, bytes.byteLength - at, this.flushed)
      at += written
      this.flushed += written
    }
  }

  private grow(): void {
    const { offsets, sizes, clusters } = this
    this.offsets = new Float64Array(offsets.length * 2)
    this.offsets.set(offsets)
    this.sizes = new Uint32Array(sizes.length * 2)
    this.sizes.set(sizes)
    this.clusters = new Uint32Array(clusters.length * 2)
    this.clusters.set(clusters)
  }
}
