/** A compression of whole tars. Rows are light: decoders are loaded when a shard is opened. */
export interface CompressionRow {
  readonly name: string
  /** Endings of tars with this compression, in lower case. */
  readonly endings: readonly string[]
  /** By the first bytes. */
  readonly matches: (head: Uint8Array) => boolean
  /** Decompresses pieces in order. Throws `E_COMPRESSED`; `place` is for messages. */
  readonly decompress: (pieces: AsyncIterable<Uint8Array>, place: string) => AsyncIterable<Uint8Array>
}

/** A frame, or one to skip: pzstd begins with those. */
function isZstd(head: Uint8Array): boolean {
  const [one = 0, two, three, four] = head
  if (one === 0x28) return two === 0xb5 && three === 0x2f && four === 0xfd
  return one >> 4 === 5 && two === 0x2a && three === 0x4d && four === 0x18
}

/** All compressions in which tars are read. */
export const compressions = [
  {
    name: 'gzip',
    endings: ['.tar.gz', '.tgz'],
    matches: ([one, two]) => one === 0x1f && two === 0x8b,
    decompress: (pieces, place) => loaded(async () => (await import('./gunzip.js')).gunzipped(pieces, place)),
  },
  {
    name: 'zstd',
    endings: ['.tar.zst', '.tzst'],
    matches: isZstd,
    decompress: (pieces, place) => loaded(async () => (await import('./unzstd.js')).unzstd(pieces, place)),
  },
] as const satisfies readonly CompressionRow[]

export type Compression = (typeof compressions)[number]['name']

const rows: readonly CompressionRow[] = compressions

export const compressionNames = compressions.map(({ name }) => name)

/** Endings of compressed tars, of all compressions. */
export const compressedTarEndings: readonly string[] = rows.flatMap(({ endings }) => endings)

/** By its name. */
export function isCompressedTar(name: string): boolean {
  const lower = name.toLowerCase()
  return compressedTarEndings.some((ending) => lower.endsWith(ending))
}

export function compressionOf(head: Uint8Array): Compression | undefined {
  return compressions.find(({ matches }) => matches(head))?.name
}

export function compressionNamed(name: Compression): CompressionRow {
  return rows.find((row) => row.name === name) as CompressionRow
}

async function* loaded(open: () => Promise<AsyncIterable<Uint8Array>>): AsyncIterable<Uint8Array> {
  yield* await open()
}
