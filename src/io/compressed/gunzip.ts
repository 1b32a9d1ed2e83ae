import { createGunzip, type Gunzip } from 'node:zlib'
import { compressedError, endsEarly } from './damage.js'
import { ExpansionLimit } from './limits.js'

/** Bytes decompressed at once: at the largest ratio of deflate, 1,032, they become 33 MiB. */
const stepBytes = 32 << 10

/**
 * Gzip, with any number of members and zeros after the last, as tapes are padded. Throws `E_COMPRESSED` for
 * an early end, a wrong checksum or length, other bytes after the end, and beyond the limit of expansion.
 */
export async function* gunzipped(
  pieces: AsyncIterable<Uint8Array>,
  place: string,
): AsyncIterable<Uint8Array> {
  const limit = new ExpansionLimit(place)
  const stream = new GunzipStream(place)
  try {
    for await (const piece of pieces)
      for (let at = 0; at < piece.byteLength; at += stepBytes) {
        const step = piece.subarray(at, at + stepBytes)
        limit.read(step.byteLength)
        for (const bytes of await stream.push(step)) {
          limit.made(bytes.byteLength)
          yield bytes
        }
      }
    yield* await stream.end()
  } finally {
    stream.close()
  }
}

/** One piece after the other, so that what follows the last member is seen: zlib passes over it. */
class GunzipStream {
  private readonly place: string
  private readonly gunzip: Gunzip
  private made: Uint8Array[] = []
  private pushed = 0
  private ended = false
  private fail: (error: Error) => void = () => {}
  private failure: Error | undefined

  constructor(place: string) {
    this.place = place
    this.gunzip = createGunzip({ chunkSize: 128 << 10 })
    this.gunzip.on('data', (bytes: Uint8Array) => this.made.push(bytes))
    this.gunzip.on('end', () => (this.ended = true))
    this.gunzip.on('error', (error) => {
      this.failure = this.named(error)
      this.fail(this.failure)
    })
  }

  async push(piece: Uint8Array): Promise<readonly Uint8Array[]> {
    if (this.ended) {
      this.refuseBytes(piece)
      return []
    }
    await this.done((then) => this.gunzip.write(piece, then))
    this.pushed += piece.byteLength
    const left = this.pushed - this.gunzip.bytesWritten
    if (left > 0) {
      this.ended = true
      this.refuseBytes(piece.subarray(piece.byteLength - left))
    }
    return this.taken()
  }

  async end(): Promise<readonly Uint8Array[]> {
    // The callback of `end` comes before the error of an early end.
    if (!this.ended) await this.done((then) => this.gunzip.once('end', then).end())
    return this.taken()
  }

  close(): void {
    this.gunzip.destroy()
  }

  private taken(): readonly Uint8Array[] {
    const { made } = this
    this.made = []
    return made
  }

  private async done(start: (then: (error?: Error | null) => void) => unknown): Promise<void> {
    if (this.failure) throw this.failure
    await new Promise<void>((resolve, reject) => {
      this.fail = reject
      start((error) => (error ? reject(this.failure ?? error) : resolve()))
    })
  }

  private refuseBytes(bytes: Uint8Array): void {
    if (bytes.some((byte) => byte !== 0))
      throw compressedError(this.place, 'this gzip stream is followed by other bytes', 'bytes after its end')
  }

  private named(error: NodeJS.ErrnoException): Error {
    if (error.code === 'Z_BUF_ERROR') return endsEarly(this.place, 'gzip')
    return compressedError(
      this.place,
      'this gzip stream is damaged, or followed by other bytes',
      error.message,
    )
  }
}
