import {
  parquetSchema,
  type DecodedArray,
  type ParquetParsers,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet'
import { assembleNested } from 'hyparquet/src/assemble.js'
import { ahead } from '../../core/ahead.js'
import type { ByteSource } from '../source.js'
import { checkPages } from './check-pages.js'
import { fetchChunks, type FetchedChunk } from './chunks.js'
import { decompressors } from './codecs.js'
import { decodeColumn } from './column.js'
import { damaged } from './damage.js'
import { readMetadata } from './file.js'
import { parsers } from './parsers.js'
import { describeFooter, type ParquetFooter } from './footer.js'

export interface ParquetFile extends ParquetFooter {
  /**
   * Columns of the rows [start, end), a row group at a time; only these columns' bytes are read. Binary
   * columns give Uint8Array, annotated ones strings. Throws `E_PARQUET_DAMAGED` naming the rows.
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
  const schema = parquetSchema(metadata)
  return {
    ...footer,
    async *read(names, start = 0, end = footer.rows) {
      const wanted = footer.rowGroups.flatMap((group, index) =>
        Math.max(start, group.row_start) < Math.min(end, group.row_start + group.rows)
          ? [{ group, index }]
          : [],
      )
      const fetch = ahead(
        (at: number) =>
          fetchChunks(source, metadata.row_groups[wanted[at]?.index as number] as RowGroup, names),
        wanted.length,
        isSmall,
      )
      for (const [at, { group }] of wanted.entries()) {
        const from = Math.max(start, group.row_start) - group.row_start
        const to = Math.min(end, group.row_start + group.rows) - group.row_start
        const place = ` (rows ${group.row_start + from} to ${group.row_start + to - 1})`
        try {
          const chunks = await fetch(at)
          const columns: { [name: string]: DecodedArray } = {}
          for (const name of names) {
            const values = await readColumn(name, chunks, schema, to)
            if (values.length < to) throw new Error(`column ${name} has ${values.length} values`)
            columns[name] = from === 0 && values.length === to ? values : values.slice(from, to)
          }
          yield { row_start: group.row_start + from, rows: to - from, columns }
        } catch (error) {
          throw damaged(source, error, place)
        }
      }
    },
  }
}

/**
 * The next row group is fetched while this one is decoded, unless it is as large as row groups with images
 * are.
 */
const maxAhead = 32 << 20

const isSmall = (chunks: readonly FetchedChunk[]) =>
  chunks.reduce((sum, { bytes }) => sum + bytes.byteLength, 0) <= maxAhead

/** A top-level column of a row group, at least its first `wanted` rows. */
async function readColumn(
  name: string,
  chunks: readonly FetchedChunk[],
  schema: SchemaTree,
  wanted: number,
): Promise<DecodedArray> {
  const tree = schema.children.find((child) => child.element.name === name)
  if (!tree) throw new Error(`there is no column ${name}`)
  const compressors = await decompressors()
  const leaves = new Map<string, DecodedArray>()
  for (const { column, bytes } of chunks) {
    if (column.path_in_schema[0] !== name) continue
    checkPages(bytes, column)
    leaves.set(
      column.path_in_schema.join('.'),
      decodeColumn(bytes, column, pathTo(schema, column.path_in_schema), compressors, wanted),
    )
  }
  if (tree.children.length > 0) assembleNested(leaves, tree, parsers as unknown as ParquetParsers)
  const values = leaves.get(name)
  if (!values) throw new Error(`column ${name} has no data`)
  return values
}

function pathTo(schema: SchemaTree, names: readonly string[]): SchemaTree[] {
  const path = [schema]
  for (const name of names) {
    const next = (path.at(-1) as SchemaTree).children.find((child) => child.element.name === name)
    if (!next) throw new Error(`column ${names.join('.')} is not in the schema`)
    path.push(next)
  }
  return path
}
