import type { ByteSource } from '../source.js'
import { formatNamed, type InputFormat } from './formats.js'
import type { CrawlRequest, CrawlRow } from './row.js'

/** Rows of a shard in order. `sibling` opens a file next to it by its URI: img2dataset's table. */
export function crawlRows(
  format: InputFormat,
  source: ByteSource,
  request: CrawlRequest,
  sibling: (uri: string) => Promise<ByteSource>,
): AsyncIterable<CrawlRow> {
  return formatNamed(format).rows(source, request, sibling)
}
