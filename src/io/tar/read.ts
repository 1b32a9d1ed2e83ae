import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'
import { ByteQueue } from './byte-queue.js'
import { blockSize, paddingOf, parseHeader } from './header.js'

/** One regular file of a tar. */
export interface TarMember {
  readonly name: string
  readonly size: number
  /** Where its bytes begin in the tar. */
  readonly offset: number
  /**
   * A view into a piece of the stream: not to be written to, and copied where one is kept for long. Null
   * where `wanted` said no, or where it is larger than the cap.
   */
  readonly bytes: Uint8Array | null
}

export interface TarReadOptions {
  /** Members to read; the others are skipped. All by default. */
  readonly wanted?: ((name: string, size: number) => boolean) | undefined
  /** Larger members are not read. 256 MiB by default: no image of a crawl is that large. */
  readonly max_bytes?: number | undefined
}

const maxNameBytes = 1 << 16

/**
 * Regular files of a tar in order: ustar, pax and GNU long names; folders, links and devices are skipped.
 * Zero blocks between members are skipped, as for joined archives. Throws `E_TAR_CORRUPT`, or
 * `E_TAR_TRUNCATED` when the end is missing.
 */
export async function* readTar(
  source: ByteSource,
  { wanted = () => true, max_bytes = 256 << 20 }: TarReadOptions = {},
): AsyncIterable<TarMember> {
  const queue = new ByteQueue(source.stream())
  let longName: string | undefined
  let paxName: string | undefined
  let paxSize: number | undefined
  let last = 'the beginning'
  let ended = false
  try {
    for (;;) {
      const start = queue.offset
      const block = await queue.take(blockSize)
      if (block.length === 0) {
        if (ended) return
        throw truncated(source, start, last, 'an end of archive')
      }
      if (block.length < blockSize) throw truncated(source, start, last, 'a whole header')
      if (isZero(block)) {
        ended = true
        continue
      }
      ended = false
      const header = parseHeader(block, `${source.uri} at byte ${start}, after ${last}`)
      const size = paxSize ?? header.size
      if (header.type === 'L' || header.type === 'x' || header.type === 'g') {
        if (size > maxNameBytes)
          throw new PipelineError({
            code: 'E_TAR_CORRUPT',
            message: 'a tar name record is too long',
            place: `${source.uri} at byte ${start}`,
            found: `${size} bytes`,
          })
        const body = new TextDecoder().decode(await whole(queue, size, source, last))
        await pass(queue, paddingOf(size), source, last)
        if (header.type === 'L') longName = body.replace(/\0.*$/s, '')
        if (header.type === 'x') ({ path: paxName, size: paxSize } = parsePax(body))
        continue
      }
      const name = paxName ?? longName ?? header.name
      paxName = longName = paxSize = undefined
      last = name
      const offset = queue.offset
      const regular = header.type === '0' || header.type === '7'
      const take = regular && size <= max_bytes && wanted(name, size)
      const bytes = take ? await whole(queue, size, source, name) : null
      if (regular) yield { name, size, offset, bytes }
      await pass(queue, (take ? 0 : size) + paddingOf(size), source, name)
    }
  } finally {
    await queue.close()
  }
}

async function whole(queue: ByteQueue, size: number, source: ByteSource, name: string): Promise<Uint8Array> {
  const start = queue.offset
  const bytes = await queue.take(size)
  if (bytes.length < size) throw truncated(source, start + bytes.length, name, `${size} bytes of it`)
  return bytes
}

async function pass(queue: ByteQueue, length: number, source: ByteSource, name: string): Promise<void> {
  const passed = await queue.skip(length)
  if (passed < length) throw truncated(source, queue.offset, name, `${length - passed} more bytes`)
}

function parsePax(body: string): { path: string | undefined; size: number | undefined } {
  const path = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(body)?.[1]
  const size = /(?:^|\n)\d+ size=(\d+)\n/.exec(body)?.[1]
  return { path, size: size === undefined ? undefined : Number(size) }
}

function isZero(block: Uint8Array): boolean {
  for (const byte of block) if (byte !== 0) return false
  return true
}

function truncated(source: ByteSource, at: number, last: string, expected: string): PipelineError {
  return new PipelineError({
    code: 'E_TAR_TRUNCATED',
    message: 'this tar is truncated',
    place: `${source.uri} at byte ${at}, in or after ${last}`,
    expected,
    found: 'the end of the file',
    hint: 'fetch the shard again, or drop it whole with `ingest.on_broken_shard: drop`',
  })
}
