import type { AsyncBuffer, ColumnMetaData, RowGroup } from 'hyparquet'
import type { ByteSource } from '../source.js'
import { checkPages } from './check-pages.js'
import { asyncBuffer } from './file.js'

/** Chunks closer than this are fetched in one request. */
const gapBytes = 64 << 10

interface Chunk {
  readonly start: number
  readonly end: number
  readonly column: ColumnMetaData
}

/**
 * The column chunks of a row group, fetched by as few ranges as lie close together, with their pages checked; what is asked for beside
 * them is read from the source. Columns that are not named are not read.
 */
export async function fetchChunks(source: ByteSource, group: RowGroup, names: readonly string[]): Promise<AsyncBuffer> {
  const wanted = group.columns.flatMap(({ meta_data: column }) => (column && names.includes(column.path_in_schema[0] as string) ? [chunkOf(column, source)] : []))
  wanted.sort((a, b) => a.start - b.start)
  const pieces: { start: number; bytes: Uint8Array }[] = []
  for (let i = 0; i < wanted.length; ) {
    const first = wanted[i] as Chunk
    let [end, next] = [first.end, i + 1]
    for (; next < wanted.length && (wanted[next] as Chunk).start - end <= gapBytes; next++) end = Math.max(end, (wanted[next] as Chunk).end)
    const bytes = new Uint8Array(await source.read(first.start, end))
    pieces.push({ start: first.start, bytes })
    for (const chunk of wanted.slice(i, next)) checkPages(bytes.subarray(chunk.start - first.start, chunk.end - first.start), chunk.column)
    i = next
  }
  const rest = asyncBuffer(source)
  return {
    byteLength: source.size,
    slice(start, end = source.size) {
      const piece = pieces.find((each) => start >= each.start && end <= each.start + each.bytes.byteLength)
      if (!piece) return rest.slice(start, end)
      return Promise.resolve(piece.bytes.slice(start - piece.start, end - piece.start).buffer)
    },
  }
}

function chunkOf(column: ColumnMetaData, source: ByteSource): Chunk {
  const data = Number(column.data_page_offset)
  const dictionary = Number(column.dictionary_page_offset ?? 0n)
  // Some writers leave 0 where there is no dictionary.
  const start = dictionary > 0 && dictionary < data ? dictionary : data
  const end = start + Number(column.total_compressed_size)
  if (!(start >= 4 && end > start && end <= source.size)) throw new Error(`column ${column.path_in_schema.join('.')} lies at bytes ${start} to ${end} of ${source.size}`)
  return { start, end, column }
}
