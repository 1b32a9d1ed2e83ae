import { parquetScan, type DecodedArray, type RowGroup } from 'hyparquet'
import type { ByteSource } from '../source.js'
import { damaged } from './damage.js'
import { fetchChunks } from './chunks.js'
import { decompressors } from './codecs.js'
import { readMetadata } from './file.js'
import { describeFooter, type ParquetFooter } from './footer.js'

export interface ParquetFile extends ParquetFooter {
  /**
   * Columns of the rows [start, end), a row group at a time; only these columns' bytes are read. Binary columns give
   * Uint8Array, annotated ones strings. Throws `E_PARQUET_DAMAGED` naming the rows.
   */
  read(columns: readonly string[], start?: number, end?: number): AsyncIterable<ParquetBatch>
}

export interface ParquetBatch {
  readonly row_start: number
  readonly rows: number
  readonly columns: { readonly [name: string]: DecodedArray }
}

export async function openParquet(source: ByteSource): Promise<ParquetFile> {
  const metadata = await readMetadata(source)
  const footer = describeFooter(source, metadata)
  return {
    ...footer,
    async *read(names, start = 0, end = footer.rows) {
      const compressors = await decompressors()
      for (const [index, group] of footer.rowGroups.entries()) {
        const from = Math.max(start, group.row_start)
        const to = Math.min(end, group.row_start + group.rows)
        if (from >= to) continue
        const place = ` (rows ${from} to ${to - 1})`
        try {
          const file = await fetchChunks(source, metadata.row_groups[index] as RowGroup, names)
          // A scan caches what it decoded: one for each row group keeps memory at one row group.
          const scan = await parquetScan({ file, metadata, columns: [...names], compressors, utf8: false, rowStart: from, rowEnd: to })
          const columns: { [name: string]: DecodedArray } = {}
          for (const name of names) {
            const values = await scan.readColumn({ column: name, rowStart: from, rowEnd: to })
            if (values.length !== to - from) throw new Error(`column ${name} has ${values.length} values`)
            columns[name] = values
          }
          yield { row_start: from, rows: to - from, columns }
        } catch (error) {
          throw damaged(source, error, place)
        }
      }
    },
  }
}
