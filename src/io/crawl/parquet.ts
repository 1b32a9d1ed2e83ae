import { PipelineError } from '../../core/error.js'
import { openParquet } from '../parquet/read.js'
import type { ByteSource } from '../source.js'
import { chooseColumns, keyColumns, keyIn } from './columns.js'
import { fetchTrouble } from './fetch-trouble.js'
import { imageExtensionOf } from '../image/type.js'
import { refuseClash } from './reading.js'
import { type CrawlImage, type CrawlRequest, type CrawlRow, keptMetadata } from './row.js'

/**
 * Rows of a parquet shard: URL and caption, image bytes, or Hugging Face's `struct{bytes, path}`. Other
 * columns are not read.
 */
export async function* parquetRows(source: ByteSource, request: CrawlRequest): AsyncIterable<CrawlRow> {
  const file = await openParquet(source)
  const { reading = {} } = request
  if (reading.img2dataset === 'without_tar') throw tarMissing(source.uri)
  refuseClash(reading, (name) => file.columns.some((column) => column.name === name), source.uri)
  const chosen = chooseColumns(source, file.columns, request)
  const columns = reading.take === 'urls' ? { ...chosen, image: undefined } : chosen
  const status = reading.img2dataset === 'parquet' ? ['status', 'error_message'] : []
  const withImages = request.images && columns.image !== undefined
  const keys = request.keys ? keyColumns(file.columns) : []
  const read = [
    columns.caption,
    ...(withImages ? [columns.image as string] : []),
    ...(columns.url ? [columns.url] : []),
    ...columns.metadata,
    ...status,
    ...keys,
  ]
  const nothing = new Set<string>()
  for await (const batch of file.read([...new Set(read)], request.row_start, request.row_end)) {
    const captions = batch.columns[columns.caption]
    const images = withImages ? batch.columns[columns.image as string] : undefined
    const urls = columns.url ? batch.columns[columns.url] : undefined
    for (let i = 0; i < batch.rows; i++) {
      const trouble = status.length > 0 ? fetchFailure(batch.columns, i) : undefined
      if (trouble) {
        yield { row: batch.row_start + i, captions: undefined, metadata: {}, trouble }
        continue
      }
      const url = urls?.[i]
      yield {
        row: batch.row_start + i,
        ...(request.keys
          ? {
              key: keyOf(
                keys.map((name) => [name, batch.columns[name]?.[i]]),
                images?.[i],
              ),
            }
          : {}),
        captions: captionsOf(captions?.[i]),
        ...(images
          ? { image: imageOf(images[i]) }
          : columns.image === undefined
            ? {}
            : { image: { extension: 'bin' } }),
        ...(typeof url === 'string' && url !== '' ? { url } : {}),
        metadata: keptMetadata(
          columns.metadata.map((name) => [name, batch.columns[name]?.[i]] as const),
          ['*', ...request.metadata],
          nothing,
          request.leftOut,
        ),
      }
    }
  }
}

/** Rows that img2dataset could not fetch have no image, and would be taken for rows of URLs. */
function fetchFailure(
  columns: { readonly [name: string]: ArrayLike<unknown> },
  row: number,
): CrawlRow['trouble'] {
  const status = String(columns.status?.[row])
  return status === 'success' ? undefined : fetchTrouble(status, columns.error_message?.[row])
}

/** A value of the key columns, or the path that Hugging Face keeps next to the bytes. */
function keyOf(keys: readonly (readonly [string, unknown])[], image: unknown): string | undefined {
  const key = keyIn(Object.fromEntries(keys))
  const path = (image as { path?: unknown } | null | undefined)?.path
  return key ?? (typeof path === 'string' && path !== '' ? path : undefined)
}

function tarMissing(uri: string): PipelineError {
  return new PipelineError({
    code: 'E_IMG2DATASET_TAR_MISSING',
    message: 'img2dataset wrote this table with a tar of the same name, which is not there',
    place: uri,
    hint:
      'restore the tar, name the table in input.ignore, or set input.format to `parquet` to read the URLs ' +
      'of the tables',
  })
}

function captionsOf(value: unknown): string[] | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return [value]
  if (value instanceof Uint8Array) return [new TextDecoder().decode(value)]
  if (Array.isArray(value)) return value.flatMap((item) => captionsOf(item) ?? [])
  return undefined
}

function imageOf(value: unknown): CrawlImage | undefined {
  const bytes = value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null)?.bytes
  return bytes instanceof Uint8Array && bytes.byteLength > 0
    ? { extension: imageExtensionOf(bytes), bytes }
    : undefined
}
