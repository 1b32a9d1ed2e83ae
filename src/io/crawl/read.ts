import type { ByteSource } from '../source.js'
import { img2datasetRows } from './img2dataset.js'
import { parquetRows } from './parquet.js'
import type { CrawlRequest, CrawlRow } from './row.js'
import { webdatasetRows } from './webdataset.js'

export type CrawlFormat = 'parquet' | 'webdataset' | 'img2dataset'

/** Rows of a shard in order. `sibling` opens a file beside it by its URI: img2dataset's table. */
export async function* crawlRows(
  format: CrawlFormat,
  source: ByteSource,
  request: CrawlRequest,
  sibling: (uri: string) => Promise<ByteSource>,
): AsyncIterable<CrawlRow> {
  if (format === 'parquet') yield* parquetRows(source, request)
  else if (format === 'webdataset') yield* webdatasetRows(source, request)
  else yield* img2datasetRows(source, await sibling(source.uri.replace(/\.tar$/, '.parquet')), request)
}
