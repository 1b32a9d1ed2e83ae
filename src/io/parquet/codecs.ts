import * as zlib from 'node:zlib'
import type { Compressors } from 'hyparquet'

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array

let codecs: Promise<Compressors> | undefined

/**
 * All codecs of the format, loaded when the first file is decoded. What Node brings itself is native; the
 * rest is JavaScript and WebAssembly.
 */
export function decompressors(): Promise<Compressors> {
  codecs ??= load()
  return codecs
}

async function load(): Promise<Compressors> {
  const [{ compressors }, zstd] = await Promise.all([
    import('hyparquet-compressors'),
    native.ZSTD ? undefined : zstdDecoder(),
  ])
  return { ...(compressors as Compressors), ...zstd, ...native }
}

/** The WebAssembly decoder may not get more memory than this at once. */
const maxZstdBytes = 256 << 20

/** Five times as fast as the decoder in JavaScript, which stays for pages that are absurdly large. */
async function zstdDecoder(): Promise<{ ZSTD: Decompress }> {
  const [{ ZSTDDecoder }, { compressors }] = await Promise.all([
    import('zstddec'),
    import('hyparquet-compressors'),
  ])
  const decoder = new ZSTDDecoder()
  await decoder.init()
  const fallback = compressors.ZSTD as Decompress
  return {
    ZSTD: (input, length) =>
      (input.byteLength > maxZstdBytes || length > maxZstdBytes || length === 0
        ? fallback
        : decoder.decode.bind(decoder))(input, length),
  }
}

/** No more than the page header promises: a bomb stops there. */
const limit = (maxOutputLength: number) => ({ maxOutputLength: Math.max(1, maxOutputLength) })

/** From Node 22.15. */
const { zstdDecompressSync } = zlib as {
  zstdDecompressSync?: (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array
}

const native: { [codec: string]: Decompress } = {
  GZIP: (input, length) => zlib.gunzipSync(input, limit(length)),
  BROTLI: (input, length) => zlib.brotliDecompressSync(input, limit(length)),
  ...(zstdDecompressSync
    ? { ZSTD: (input: Uint8Array, length: number) => zstdDecompressSync(input, limit(length)) }
    : {}),
}
