import { PipelineError } from '../../core/error.js'
import { formats, type FormatRow, type InputFormat, stemOf } from './formats.js'
import { headBytes, startsWith } from './signatures.js'
import type { ByteSource } from '../source.js'

/**
 * Detects the format of a shard by its bytes, not its name. A tar with `N.parquet` or `N_stats.json` next
 * to it came from img2dataset; `exists` checks such URIs. Throws `E_FORMAT_UNKNOWN`, with a guess at what
 * the file is.
 */
export async function detectFormat(
  source: ByteSource,
  exists: (uri: string) => Promise<boolean> = async () => false,
): Promise<InputFormat> {
  const head = await source.read(0, Math.min(source.size, headBytes))
  // Among formats with the same signature, those with companion files are tried first.
  for (const row of [...formats.filter((row) => 'companions' in row), ...formats])
    if (row.matches(head) && (await hasCompanions(row, source.uri, exists))) return row.name
  const signatures = [...new Set(formats.map(({ signature }) => signature))]
  throw new PipelineError({
    code: 'E_FORMAT_UNKNOWN',
    message: 'this file is neither parquet nor a tar archive',
    place: source.uri,
    expected: signatures.join(' or '),
    found: nameOf(head),
    hint: hintOf(head),
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

function hintOf(head: Uint8Array): string {
  const name = nameOf(head)
  if (['gzip', 'zstd', 'bzip2', 'xz'].includes(name))
    return 'decompress it first: ranges cannot be read from a compressed tar'
  if (name.startsWith('a Git LFS')) return 'run `git lfs pull` where the file comes from'
  return 'leave it out of input.uri, or convert it to parquet or WebDataset tars'
}
