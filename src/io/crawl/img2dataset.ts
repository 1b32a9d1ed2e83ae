import { PipelineError } from '../../core/error.js'
import { openParquet } from '../parquet/read.js'
import type { ByteSource } from '../source.js'
import { readWebDataset, type WebDatasetSample } from '../tar/webdataset.js'
import type { CrawlRequest, CrawlRow } from './row.js'
import { fetchTrouble } from './fetch-trouble.js'
import { webdatasetRow } from './webdataset.js'

/**
 * Reads a shard of img2dataset: a tar with the images that could be fetched, and a parquet file with all
 * rows, including failed ones (`status`, `error_message`). Rows are those of the parquet file, so each
 * failure becomes a drop with a reason. If lists of `write` were fetched, their out-of-cluster copies are
 * dropped too: the same image is in its own cluster's list, and a run over both adds new copies.
 */
export async function* img2datasetRows(
  tar: ByteSource,
  table: ByteSource,
  request: CrawlRequest,
): AsyncIterable<CrawlRow> {
  const file = await openParquet(table)
  const has = (name: string) => file.columns.some((column) => column.name === name)
  if (!has('key') || !has('status')) {
    throw new PipelineError({
      code: 'E_COLUMN',
      message: 'this is not the table of an img2dataset shard',
      place: table.uri,
      expected: 'key, status',
      found: file.columns.map(({ name }) => name).join(', '),
      hint: 'set input.format to `webdataset` to read the tars alone',
    })
  }
  const wanted = (name: string) => request.images || /\.(txt|json)$/i.test(name)
  const samples = readWebDataset(tar, { wanted, remark: request.remark })[Symbol.asyncIterator]()
  let next: WebDatasetSample | undefined = (await samples.next()).value as WebDatasetSample | undefined
  for await (const batch of file.read(['key', 'status', ...['error_message', 'ooc'].filter(has)])) {
    for (let i = 0; i < batch.rows; i++) {
      const row = batch.row_start + i
      const key = String(batch.columns.key?.[i])
      const found = next?.key.slice(next.key.lastIndexOf('/') + 1) === key ? next : undefined
      if (found) next = (await samples.next()).value as WebDatasetSample | undefined
      if (row < request.row_start || row >= (request.row_end ?? Infinity)) continue
      const status = String(batch.columns.status?.[i])
      if (batch.columns.ooc?.[i] === true)
        yield {
          row,
          captions: undefined,
          metadata: {},
          trouble: { reason: 'out_of_cluster_copy', detail: '' },
        }
      else if (found) yield { ...oneCaption(webdatasetRow(found, request, tar.uri)), row }
      else
        yield {
          row,
          captions: undefined,
          metadata: {},
          trouble:
            status === 'success'
              ? { reason: 'image_missing_in_tar', detail: '' }
              : fetchTrouble(status, batch.columns.error_message?.[i]),
        }
    }
  }
  if (next) {
    throw new PipelineError({
      code: 'E_IMG2DATASET_ORDER',
      message: 'the tar has a sample that is not in the table, or in another order',
      place: tar.uri,
      found: next.key,
      expected: `the keys of ${table.uri}, in its order`,
      hint: 'set input.format to `webdataset` to read the tars alone',
    })
  }
}

/** img2dataset writes one caption per sample: line breaks in its `.txt` are part of it. */
function oneCaption(row: CrawlRow): CrawlRow {
  return row.captions && row.captions.length > 1 ? { ...row, captions: [row.captions.join('\n')] } : row
}
