import type { ColumnChunk, ColumnMetaData, RowGroup } from 'hyparquet'
import { PipelineError } from '../../core/error.js'
import { maxOf } from '../../core/extremes.js'
import type { ByteSource } from '../source.js'

/** Chunks closer than this are fetched in one request. */
const gapBytes = 64 << 10

interface Chunk {
  readonly start: number
  readonly end: number
  readonly column: ColumnMetaData
}

/** The bytes of a column chunk, as they were stored. */
export interface FetchedChunk {
  readonly column: ColumnMetaData
  readonly bytes: Uint8Array
}

/**
 * The column chunks of a row group, fetched with one range per group of nearby chunks. Columns that are not
 * named are not read.
 */
export async function fetchChunks(
  source: ByteSource,
  group: RowGroup,
  names: readonly string[],
): Promise<FetchedChunk[]> {
  refuseEncrypted(source, group, names)
  const wanted = group.columns.flatMap(({ meta_data: column }) =>
    column && names.includes(column.path_in_schema[0] as string) ? [chunkOf(column, source)] : [],
  )
  wanted.sort((a, b) => a.start - b.start)
  const pieces: Chunk[][] = []
  let end = -Infinity
  for (const chunk of wanted) {
    if (chunk.start - end > gapBytes) pieces.push([])
    pieces.at(-1)?.push(chunk)
    end = Math.max(end, chunk.end)
  }
  const fetched = pieces.map(async (chunks) => {
    const first = (chunks[0] as Chunk).start
    const bytes = await source.read(
      first,
      maxOf(
        chunks.map((chunk) => chunk.end),
        first,
      ),
    )
    return chunks.map(({ start, end: last, column }) => ({
      column,
      bytes: bytes.subarray(start - first, last - first),
    }))
  })
  return (await Promise.all(fetched)).flat()
}

/** A file may leave its footer and some of its columns readable. */
function refuseEncrypted(source: ByteSource, group: RowGroup, names: readonly string[]): void {
  for (const { crypto_metadata: encrypted, meta_data: column } of group.columns as readonly (ColumnChunk & {
    readonly crypto_metadata?: unknown
  })[]) {
    if (encrypted === undefined) continue
    const name = column?.path_in_schema[0]
    if (name !== undefined && !names.includes(name)) continue
    throw new PipelineError({
      code: 'E_PARQUET_ENCRYPTED',
      message: name === undefined ? 'this parquet file has encrypted columns' : `column ${name} is encrypted`,
      place: source.uri,
      hint: 'decrypt the file first',
    })
  }
}

function chunkOf(column: ColumnMetaData, source: ByteSource): Chunk {
  const data = Number(column.data_page_offset)
  const dictionary = Number(column.dictionary_page_offset ?? 0n)
  // Some writers leave 0 where there is no dictionary.
  const start = dictionary > 0 && dictionary < data ? dictionary : data
  const end = start + Number(column.total_compressed_size)
  if (!(start >= 4 && end > start && end <= source.size))
    throw new Error(
      `column ${column.path_in_schema.join('.')} lies at bytes ${start} to ${end} of ${source.size}`,
    )
  return { start, end, column }
}
