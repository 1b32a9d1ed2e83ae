import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'
import { ByteQueue } from './byte-queue.js'
import { blockSize, paddingOf } from './header.js'

/** The blocks of a tar from front to back, with errors that say where it ends too early. */
export class TarBlocks {
  private readonly source: ByteSource
  private readonly queue: ByteQueue
  private held: Uint8Array | undefined
  /** The member that was read last, for messages. */
  last = 'the beginning'

  constructor(source: ByteSource) {
    this.source = source
    this.queue = new ByteQueue(source.stream())
  }

  /** Position of the next byte. */
  get offset(): number {
    return this.queue.offset - (this.held?.length ?? 0)
  }

  /** The next block, shorter or empty at the end of the stream. It is valid until the next call. */
  async next(): Promise<Uint8Array> {
    const block = this.held ?? (await this.queue.take(blockSize))
    this.held = undefined
    return block
  }

  /** Puts the block that `next` returned back. */
  putBack(block: Uint8Array): void {
    this.held = block
  }

  /** Data of a member or record with its padding. */
  async whole(size: number): Promise<Uint8Array> {
    const start = this.queue.offset
    const bytes = await this.queue.take(size)
    if (bytes.length < size) throw this.truncated(start + bytes.length, `${size} bytes of it`)
    return bytes
  }

  /** Passes over `size` bytes of data and the padding after `of`. */
  async pass(size: number, of: number = size): Promise<void> {
    const length = size + paddingOf(of)
    const passed = await this.queue.skip(length)
    if (passed < length) throw this.truncated(this.queue.offset, `${length - passed} more bytes`)
  }

  close(): Promise<void> {
    return this.queue.close()
  }

  place(at: number): string {
    return `${this.source.uri} at byte ${at}, after ${this.last}`
  }

  corrupt(at: number, message: string, found: string): PipelineError {
    return new PipelineError({ code: 'E_TAR_CORRUPT', message, place: this.place(at), found })
  }

  truncated(at: number, expected: string): PipelineError {
    return new PipelineError({
      code: 'E_TAR_TRUNCATED',
      message: 'this tar is truncated',
      place: `${this.source.uri} at byte ${at}, in or after ${this.last}`,
      expected,
      found: 'the end of the file',
      hint: 'fetch the shard again, or drop it whole with `ingest.on_broken_shard: drop`',
    })
  }
}
