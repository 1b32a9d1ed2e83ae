import { Zstd } from '@hpcc-js/wasm-zstd'
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import type { SchemaElement } from 'hyparquet'
import type { Metadata, Picture } from './picture.js'

const rowGroupSize = 256
const createdBy = 'coterie quickstart'

/** Plain columns, snappy: `id`, `caption`, `image` (bytes) and one column per field. */
export async function flatShard(pictures: readonly Picture[]): Promise<Uint8Array> {
  const columnData: ColumnSource[] = [
    { name: 'id', data: pictures.map(({ name }) => name), type: 'STRING', nullable: false },
    { name: 'caption', data: pictures.map(({ caption }) => caption), type: 'STRING' },
    { name: 'image', data: pictures.map(({ bytes }) => bytes), type: 'BYTE_ARRAY' },
    ...metadataColumns(pictures, ['source', 'from', 'twins', 'emoji_group', 'continent', 'icon_category']),
  ]
  return new Uint8Array(parquetWriteBuffer({ columnData, codec: 'SNAPPY', rowGroupSize, createdBy }))
}

/**
 * As Hugging Face `datasets` writes images: `image` is `struct{bytes, path}`; the caption is called `text`;
 * zstd.
 */
export async function structShard(pictures: readonly Picture[]): Promise<Uint8Array> {
  const zstd = await Zstd.load()
  const columns: ColumnSource[] = [
    { name: 'image', data: pictures.map(({ bytes, name }) => ({ bytes, path: `${name}.png` })) },
    { name: 'text', data: pictures.map(({ caption }) => caption) },
    ...metadataColumns(pictures, ['source', 'from', 'twins', 'emoji_group', 'continent', 'icon_category']),
  ]
  const text = (name: string): SchemaElement => ({
    name,
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    repetition_type: 'OPTIONAL',
  })
  const schema: SchemaElement[] = [
    { name: 'schema', num_children: columns.length },
    { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
    { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    text('path'),
    ...columns.slice(1).map(({ name }) => text(name)),
  ]
  const columnData = columns.map(({ name, data }) => ({ name, data }))
  const compressors = { ZSTD: (input: Uint8Array) => zstd.compress(input, 3) }
  return new Uint8Array(
    parquetWriteBuffer({ columnData, schema, codec: 'ZSTD', compressors, rowGroupSize, createdBy }),
  )
}

function metadataColumns(pictures: readonly Picture[], names: readonly (keyof Metadata)[]): ColumnSource[] {
  return names.map((name) => ({
    name,
    data: pictures.map(({ metadata }) => metadata[name] ?? null),
    type: 'STRING',
  }))
}
