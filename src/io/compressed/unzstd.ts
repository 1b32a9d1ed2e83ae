import { compressedError, endsEarly } from './damage.js'
import { openZstdStream, type ZstdStream } from './libzstd.js'
import { ExpansionLimit } from './limits.js'

/**
 * Zstandard, with any number of frames, skippable ones included. Throws `E_COMPRESSED` for an early end, a
 * wrong checksum, other bytes between or after the frames, windows above 128 MiB, and beyond the limit of
 * expansion.
 */
export async function* unzstd(pieces: AsyncIterable<Uint8Array>, place: string): AsyncIterable<Uint8Array> {
  const limit = new ExpansionLimit(place)
  const stream = await openZstdStream()
  for await (const piece of pieces)
    for (const [read, bytes] of named(stream, piece, place)) {
      limit.read(read)
      limit.made(bytes.byteLength)
      if (bytes.byteLength > 0) yield bytes
    }
  if (!stream.atEnd) throw endsEarly(place, 'zstd')
}

function* named(stream: ZstdStream, piece: Uint8Array, place: string): ReturnType<ZstdStream['decode']> {
  try {
    yield* stream.push(piece)
  } catch (error) {
    throw compressedError(place, 'this zstd stream is damaged', (error as Error).message)
  }
}
