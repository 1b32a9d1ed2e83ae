import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'

export type DetectedFormat = 'parquet' | 'webdataset' | 'img2dataset'

const tarBlock = 512

/**
 * What a shard is, by its bytes; the name does not count. A tar with `N.parquet` or `N_stats.json` beside it
 * came from img2dataset; `exists` answers for such URIs. Throws `E_FORMAT_UNKNOWN`, saying what the file
 * seems to be.
 */
export async function detectFormat(
  source: ByteSource,
  exists: (uri: string) => Promise<boolean> = async () => false,
): Promise<DetectedFormat> {
  const head = await source.read(0, Math.min(source.size, tarBlock))
  if (startsWith(head, 'PAR1')) return 'parquet'
  if (isTarHeader(head)) {
    const stem = source.uri.replace(/\.tar$/i, '')
    return stem !== source.uri && ((await exists(`${stem}_stats.json`)) || (await exists(`${stem}.parquet`)))
      ? 'img2dataset'
      : 'webdataset'
  }
  throw new PipelineError({
    code: 'E_FORMAT_UNKNOWN',
    failure: 'manifest',
    message: 'this file is neither parquet nor a tar archive',
    place: source.uri,
    expected: 'parquet (begins with PAR1) or an uncompressed tar',
    found: nameOf(head),
    hint: hintOf(head),
  })
}

/**
 * The sum that every tar dialect keeps in its header; an archive of no members begins with a block of zeros.
 */
function isTarHeader(head: Uint8Array): boolean {
  if (head.byteLength < tarBlock) return false
  if (head.every((byte) => byte === 0)) return true
  const field = new TextDecoder('latin1')
    .decode(head.subarray(148, 156))
    .replace(/[\0 ]+$/g, '')
    .trim()
  if (!/^[0-7]{1,7}$/.test(field)) return false
  let unsigned = 0
  let signed = 0
  head.forEach((byte, i) => {
    const value = i >= 148 && i < 156 ? 32 : byte
    unsigned += value
    signed += value > 127 ? value - 256 : value
  })
  const sum = parseInt(field, 8)
  return sum === unsigned || sum === signed
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

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return bytes.byteLength >= magic.length && [...magic].every((char, i) => bytes[i] === char.charCodeAt(0))
}
