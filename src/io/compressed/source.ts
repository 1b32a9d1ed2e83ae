import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'
import { compressionNamed, type Compression } from './compression.js'

/**
 * What a compressed shard holds, which can only be streamed from its beginning: nothing may depend on
 * positions in the uncompressed stream. `size` is that of the compressed bytes.
 */
export function decompressed(source: ByteSource, compression: Compression | undefined): ByteSource {
  if (compression === undefined) return source
  const { uri, size } = source
  const refuse = () => {
    throw new PipelineError({
      code: 'E_COMPRESSED',
      message: 'this shard is compressed, and is read from front to back only',
      place: uri,
    })
  }
  return {
    uri,
    size,
    compression,
    read: async () => refuse(),
    stream: (start = 0) =>
      start === 0 ? compressionNamed(compression).decompress(source.stream(), uri) : refuse(),
  }
}

/** The first bytes of a source, at most `length`. */
export async function headOf(source: ByteSource, length: number): Promise<Uint8Array> {
  if (source.compression === undefined) return source.read(0, Math.min(source.size, length))
  const head = new Uint8Array(length)
  let filled = 0
  for await (const piece of source.stream()) {
    const some = piece.subarray(0, length - filled)
    head.set(some, filled)
    filled += some.byteLength
    if (filled === length) break
  }
  return head.subarray(0, filled)
}
