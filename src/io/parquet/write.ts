import { Zstd } from '@hpcc-js/wasm-zstd'
import type { KeyValue, SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'

export type WrittenColumn =
  | { readonly type: 'text'; readonly values: readonly (string | null)[] }
  | { readonly type: 'bytes'; readonly values: readonly (Uint8Array | null)[] }
  | { readonly type: 'integer'; readonly values: readonly (number | null)[] }
  | { readonly type: 'flag'; readonly values: readonly (boolean | null)[] }
  /** Hugging Face's `struct{bytes, path}`, stored as it is: images are compressed already. */
  | {
      readonly type: 'image'
      readonly values: readonly { readonly bytes: Uint8Array; readonly path: string }[]
    }

export type WrittenColumns = { readonly [name: string]: WrittenColumn }

const rowGroupRows = 100_000
const level = 3

const leaf = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  bytes: { type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
  integer: { type: 'INT32', repetition_type: 'OPTIONAL' },
  flag: { type: 'BOOLEAN', repetition_type: 'OPTIONAL' },
} satisfies { readonly [type: string]: Omit<SchemaElement, 'name'> }

function elementsOf(name: string, type: WrittenColumn['type']): SchemaElement[] {
  if (type !== 'image') return [{ name, ...leaf[type] }]
  return [
    { name, repetition_type: 'OPTIONAL', num_children: 2 },
    { name: 'bytes', ...leaf.bytes },
    { name: 'path', ...leaf.text },
  ]
}

/**
 * A parquet file in memory, zstd, all columns optional. The same columns give the same bytes for one version
 * of the writer.
 */
export async function encodeParquet(columns: WrittenColumns): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  const file = await createParquet({ write: async (bytes) => void pieces.push(bytes.slice()) }, columns)
  await file.write(columns)
  await file.end()
  return new Uint8Array(Buffer.concat(pieces))
}

/**
 * A parquet file that is written a row group at a time; each `write` has the columns that the file was
 * created with.
 */
export interface ParquetFileWriter {
  write(columns: WrittenColumns): Promise<void>
  end(): Promise<void>
}

/** `metadata` goes into the footer: Hugging Face's features, for one. */
export async function createParquet(
  sink: { write(bytes: Uint8Array): Promise<void> },
  columns: { readonly [name: string]: { readonly type: WrittenColumn['type'] } },
  metadata: { readonly [key: string]: string } = {},
): Promise<ParquetFileWriter> {
  const zstd = await Zstd.load()
  const entries = Object.entries(columns)
  const buffer = new ByteWriter()
  const drain = async () => {
    const bytes = buffer.getBytes()
    buffer.index = 0
    await sink.write(bytes)
  }
  const writer = new ParquetWriter({
    writer: buffer,
    schema: [
      { name: 'schema', num_children: entries.length },
      ...entries.flatMap(([name, { type }]) => elementsOf(name, type)),
    ],
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstd.compress(input, level) },
    kvMetadata: Object.entries(metadata).map(([key, value]): KeyValue => ({ key, value })),
    createdBy: 'coterie',
  })
  return {
    async write(group) {
      const columnData = Object.entries(group).map(([name, { type, values }]) => ({
        name,
        data: values as string[],
        ...(type === 'image'
          ? ({ codec: 'UNCOMPRESSED', encoding: 'PLAIN', statistics: false } as const)
          : {}),
      }))
      await writer.write({ columnData, rowGroupSize: rowGroupRows })
      await drain()
    },
    async end() {
      await writer.finish()
      await drain()
    },
  }
}
