import type { FileMetaData } from 'hyparquet'
import { PipelineError } from '../../core/error.js'
import { readMetadata } from '../parquet/file.js'
import { describeFooter, type ParquetFooter } from '../parquet/footer.js'
import type { ByteSource } from '../source.js'
import { chooseColumns, imageColumns } from './columns.js'
import type { ImageFields, ShardOutline } from './reading.js'

/**
 * The outline of a parquet shard, from its footer. Null if the footer is damaged: `ingest` reports or drops
 * the shard, depending on its options, and planning continues with the other shards.
 */
export async function parquetOutline(source: ByteSource, fields: ImageFields): Promise<ShardOutline | null> {
  try {
    const metadata = await readMetadata(source)
    const footer = describeFooter(source, metadata)
    return {
      row_groups: footer.rowGroups.map(({ rows }) => rows),
      columns: footer.columns.map(({ name }) => name),
      images: imagesIn(metadata, footer, fields),
      img2dataset: writerIn(footer),
      image_column: imageColumns(footer.columns, fields).image !== undefined,
      ...troubleWith(source, footer, fields),
    }
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'E_PARQUET_DAMAGED') return null
    throw error
  }
}

function troubleWith(
  source: ByteSource,
  { columns }: ParquetFooter,
  fields: ImageFields,
): Pick<ShardOutline, 'trouble'> {
  try {
    chooseColumns(source, columns, {
      ...fields,
      row_start: 0,
      row_end: undefined,
      images: true,
      metadata: [],
    })
    return {}
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    const { code, message, expected, found, hint } = error
    return { trouble: { code, message, expected, found, hint } }
  }
}

function imagesIn(
  metadata: FileMetaData,
  footer: ParquetFooter,
  fields: ImageFields,
): ShardOutline['images'] {
  const { image, url } = imageColumns(footer.columns, fields)
  if (image === undefined) return url === undefined ? 'all' : 'none'
  const nulls = nullsIn(metadata, image)
  if (url === undefined || nulls === undefined || nulls === 0) return 'all'
  return nulls < footer.rows ? 'some' : 'none'
}

/** Undefined if the writer kept no statistics. */
function nullsIn(metadata: FileMetaData, column: string): number | undefined {
  let nulls = 0
  for (const group of metadata.row_groups) {
    const chunk = group.columns.find(({ meta_data }) => {
      const path = meta_data?.path_in_schema
      return path?.[0] === column && (path.length === 1 || path[1] === 'bytes')
    })
    const count = chunk?.meta_data?.statistics?.null_count
    if (count === undefined) return undefined
    nulls += Number(count)
  }
  return nulls
}

function writerIn({ columns }: ParquetFooter): ShardOutline['img2dataset'] {
  const has = (name: string) => columns.some((column) => column.name === name && column.type === 'text')
  if (!has('key') || !has('status')) return 'no'
  return has('error_message') ? 'errors' : 'status'
}
