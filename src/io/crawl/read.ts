import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'
import type { Compression } from '../compressed/compression.js'
import { detectShard } from './detect-format.js'
import { formatNamed, type InputFormat } from './formats.js'
import type { CrawlRequest, CrawlRow } from './row.js'

/**
 * Rows of a shard in order, with its partitions among their metadata. `sibling` opens a file next to it by
 * its URI: img2dataset's table.
 */
export function crawlRows(
  format: InputFormat,
  source: ByteSource,
  request: CrawlRequest,
  sibling: (uri: string) => Promise<ByteSource>,
): AsyncIterable<CrawlRow> {
  const rows = namedByHead(formatNamed(format).rows(source, request, sibling), source)
  const partitions = Object.entries(request.reading?.partitions ?? {})
  // A null is left out, as that of a column is.
  const known = partitions.filter((entry): entry is [string, string] => entry[1] !== null)
  return known.length === 0 ? rows : withMetadata(rows, Object.fromEntries(known))
}

/** What cannot be read from its first row on may be something else: its first bytes tell. */
async function* namedByHead(rows: AsyncIterable<CrawlRow>, source: ByteSource): AsyncIterable<CrawlRow> {
  let begun = false
  try {
    for await (const row of rows) {
      begun = true
      yield row
    }
  } catch (error) {
    if (begun || !(error instanceof PipelineError) || !/^E_(TAR|PARQUET)_/.test(error.code)) throw error
    const { compression } = await detectShard(source)
    throw compression === undefined ? error : misnamed(source.uri, compression)
  }
}

/** With a named format, only shards with the ending of a compressed tar are looked at for a compression. */
function misnamed(uri: string, compression: Compression): PipelineError {
  return new PipelineError({
    code: 'E_FORMAT_UNKNOWN',
    message: 'this tar is compressed, and its name does not say so',
    place: uri,
    expected: 'an ending such as .tar.gz or .tar.zst',
    found: compression,
    hint: 'rename it, or leave out input.format',
  })
}

async function* withMetadata(
  rows: AsyncIterable<CrawlRow>,
  added: { readonly [name: string]: string },
): AsyncIterable<CrawlRow> {
  for await (const row of rows) yield { ...row, metadata: { ...row.metadata, ...added } }
}
