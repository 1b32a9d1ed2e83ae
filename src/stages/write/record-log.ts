import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/** One sample as it goes into shards. */
export interface SampleRecord {
  readonly key: string
  /** Empty: there is only an address. */
  readonly image: Uint8Array
  /** Of the image, without dot. */
  readonly extension: string
  readonly caption: Uint8Array
  /** The `.json` member with `ooc` false. */
  readonly json: Uint8Array
}

const bufferBytes = 4 << 20
/** Lengths of five parts, little-endian as memory is on every machine that Node runs on. */
const headerBytes = 4 * 5

/**
 * The samples of a group in the order in which they were streamed, in one file on scratch. Shards are written from it in shuffled
 * order, so that the input is read once, whole, while memory holds 16 bytes a sample and never an image or a caption. A sample begins with the lengths
 * of its parts.
 */
export class RecordLog {
  private readonly fd: number
  private readonly buffer = Buffer.allocUnsafe(bufferBytes)
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
  append(record: SampleRecord, cluster: number): number {
    if (this.length === this.offsets.length) this.grow()
    const number = this.length++
    this.clusters[number] = cluster
    this.offsets[number] = this.flushed + this.filled
    const pieces = [encoder.encode(record.key), encoder.encode(record.extension), record.image, record.caption, record.json]
    const lengths = Uint32Array.from(pieces, (piece) => piece.byteLength)
    this.sizes[number] = lengths.reduce((sum, length) => sum + length, 0)
    this.put(new Uint8Array(lengths.buffer))
    for (const piece of pieces) this.put(piece)
    return number
  }

  /** Fine cluster of a sample. */
  clusterOf(number: number): number {
    return this.clusters[number] as number
  }

  /** Bytes that a sample takes. */
  size(number: number): number {
    return this.sizes[number] as number
  }

  /** The bytes stay valid until the next read. */
  read(number: number): SampleRecord {
    this.flush()
    const size = headerBytes + this.size(number)
    if (size > this.into.byteLength) this.into = Buffer.allocUnsafe(size * 2)
    const offset = this.offsets[number] as number
    for (let at = 0; at < size; ) {
      const got = readSync(this.fd, this.into, at, size - at, offset + at)
      if (got === 0) throw new Error('the log on scratch was cut')
      at += got
    }
    let at = headerBytes
    const next = (part: number) => this.into.subarray(at, (at += this.into.readUInt32LE(4 * part)))
    const [key, extension, image, caption, json] = [next(0), next(1), next(2), next(3), next(4)]
    return { key: key.toString('latin1'), extension: extension.toString('latin1'), image, caption, json }
  }

  close(): void {
    closeSync(this.fd)
  }

  private put(bytes: Uint8Array): void {
    if (this.filled + bytes.byteLength > bufferBytes) this.flush()
    if (bytes.byteLength > bufferBytes) return this.writeFully(bytes)
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
    for (let at = 0; at < bytes.byteLength; ) {
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

const encoder = new TextEncoder()
