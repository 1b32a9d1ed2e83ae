import { PipelineError } from '../../core/error.js'
import { parquetFooter } from '../parquet/footer.js'
import { openParquet } from '../parquet/read.js'
import type { ByteSource } from '../source.js'
import { chooseColumns } from './columns.js'
import { imageExtensionOf } from '../image/type.js'
import { type CrawlImage, type CrawlRequest, type CrawlRow, keptMetadata } from './row.js'

/**
 * Rows per row group. Null if the footer is damaged: `ingest` reports or drops the shard, depending on its
 * options, and planning continues with the other shards.
 */
export async function parquetRowGroups(source: ByteSource): Promise<readonly number[] | null> {
  try {
    return (await parquetFooter(source)).rowGroups.map((group) => group.rows)
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'E_PARQUET_DAMAGED') return null
    throw error
  }
}

/**
 * Rows of a parquet shard: URL and caption, image bytes, or Hugging Face's `struct{bytes, path}`. Other
 * columns are not read.
 */
export async function* parquetRows(source: ByteSource, request: CrawlRequest): AsyncIterable<CrawlRow> {
  const file = await openParquet(source)
  const columns = chooseColumns(source, file.columns, request)
  const withImages = request.images && columns.image !== undefined
  const read = [
    columns.caption,
    ...(withImages ? [columns.image as string] : []),
    ...(columns.url ? [columns.url] : []),
    ...columns.metadata,
  ]
  const nothing = new Set<string>()
  for await (const batch of file.read(read, request.row_start, request.row_end)) {
    const captions = batch.columns[columns.caption]
    const images = withImages ? batch.columns[columns.image as string] : undefined
    const urls = columns.url ? batch.columns[columns.url] : undefined
    for (let i = 0; i < batch.rows; i++) {
      const url = urls?.[i]
      yield {
        row: batch.row_start + i,
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
