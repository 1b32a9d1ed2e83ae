import { PipelineError } from '../../core/error.js'
import { type Compression, compressionOf } from '../compressed/compression.js'
import { decompressed, headOf } from '../compressed/source.js'
import { formats, type FormatRow, type InputFormat, stemOf } from './formats.js'
import { headBytes, isTar, startsWith } from './signatures.js'
import type { ByteSource } from '../source.js'

/** What the bytes of a shard tell. */
export interface Detected {
  readonly format: InputFormat
  readonly compression: Compression | undefined
}

/**
 * Detects the format of a shard, and how it is compressed, by its bytes, not its name. A tar with
 * `N.parquet` or `N_stats.json` next to it came from img2dataset; `exists` checks such URIs. A compressed
 * shard that is damaged at its very beginning is taken for a tar, so that reading it names the damage. Throws
 * `E_FORMAT_UNKNOWN`, with a guess at what the file is.
 */
export async function detectShard(
  source: ByteSource,
  exists: (uri: string) => Promise<boolean> = async () => false,
): Promise<Detected> {
  const head = await headOf(source, headBytes)
  const compression = compressionOf(head)
  if (compression === undefined) return { format: await formatOf(head, source, exists), compression }
  const inner = await headOf(decompressed(source, compression), headBytes).catch((error: unknown) => {
    if (error instanceof PipelineError && error.code === 'E_COMPRESSED') return emptyTar
    throw error
  })
  return { format: await formatOf(inner, source, exists, compression), compression }
}

/** As `detectShard`. */
export async function detectFormat(
  source: ByteSource,
  exists?: (uri: string) => Promise<boolean>,
): Promise<InputFormat> {
  return (await detectShard(source, exists)).format
}

const emptyTar = new Uint8Array(headBytes)

async function formatOf(
  head: Uint8Array,
  { uri, compression: known }: ByteSource,
  exists: (uri: string) => Promise<boolean>,
  compression: string | undefined = known,
): Promise<InputFormat> {
  const possible: readonly FormatRow[] = formats.filter(
    (row) => compression === undefined || row.matches === isTar,
  )
  // Among formats with the same signature, those with companion files are tried first.
  for (const row of [...possible.filter((one) => one.companions), ...possible])
    if (row.matches(head) && (await hasCompanions(row, uri, exists))) return row.name as InputFormat
  const signatures = [...new Set(formats.map(({ signature }) => signature))]
  throw new PipelineError({
    code: 'E_FORMAT_UNKNOWN',
    message:
      compression === undefined
        ? 'this file is neither parquet nor a tar archive'
        : 'this compressed file holds no tar archive',
    place: uri,
    expected: signatures.join(' or '),
    found: compression === undefined ? nameOf(head) : `${nameOf(head)}, compressed with ${compression}`,
    hint: hintOf(head, compression),
  })
}

async function hasCompanions(
  row: FormatRow,
  uri: string,
  exists: (uri: string) => Promise<boolean>,
): Promise<boolean> {
  if (!row.companions) return true
  const stem = stemOf(uri, row)
  const { table, proof } = row.companions
  return stem !== undefined && ((await exists(stem + proof)) || (await exists(stem + table)))
}

const known: readonly (readonly [string, string])[] = [
  ['\x1f\x8b', 'gzip'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['BZh', 'bzip2'],
  ['\xfd7zXZ', 'xz'],
  ['\x04\x22\x4d\x18', 'lz4'],
  ['PAR1', 'parquet'],
  ['PK\x03\x04', 'a zip archive'],
  ['ARROW1', 'an Arrow IPC file'],
  ['\xff\xff\xff\xff', 'an Arrow IPC stream'],
  ['PARE', 'an encrypted parquet file'],
  ['Obj\x01', 'Avro'],
  ['ORC', 'ORC'],
  ['\x93NUMPY', 'an .npy array'],
  ['SQLite format 3', 'an SQLite or DuckDB database'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['\x89PNG', 'a PNG image'],
  ['version https://git-lfs', 'a Git LFS pointer, not the file itself'],
  ['<', 'markup (an error page?)'],
  ['{', 'JSON'],
]

function nameOf(head: Uint8Array): string {
  if (head.byteLength === 0) return 'an empty file'
  const name = known.find(([magic]) => startsWith(head, magic))?.[1]
  return name ?? `bytes ${Buffer.from(head.subarray(0, 8)).toString('hex')}`
}

function hintOf(head: Uint8Array, compression: string | undefined): string {
  const name = nameOf(head)
  if (['bzip2', 'xz', 'lz4'].includes(name)) return 'compress it with zstd or gzip, or decompress it'
  if (compression !== undefined) return 'decompress it: only tars are read compressed'
  if (name.startsWith('a Git LFS')) return 'run `git lfs pull` where the file comes from'
  return 'leave it out of input.uri, or convert it to parquet or WebDataset tars'
}
