import * as zlib from 'node:zlib'
import type { Compressors } from 'hyparquet'

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array

let codecs: Promise<Compressors> | undefined

/** All codecs of the format, loaded when the first file is decoded. What Node brings itself is native; the rest is JavaScript and WebAssembly. */
export function decompressors(): Promise<Compressors> {
  codecs ??= import('hyparquet-compressors').then(({ compressors }) => ({ ...(compressors as Compressors), ...native }))
  return codecs
}

/** No more than the page header promises: a bomb stops there. */
const limit = (maxOutputLength: number) => ({ maxOutputLength: Math.max(1, maxOutputLength) })

/** From Node 22.15. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array }

const native: { [codec: string]: Decompress } = {
  GZIP: (input, length) => zlib.gunzipSync(input, limit(length)),
  BROTLI: (input, length) => zlib.brotliDecompressSync(input, limit(length)),
  ...(zstdDecompressSync ? { ZSTD: (input: Uint8Array, length: number) => zstdDecompressSync(input, limit(length)) } : {}),
}
