import { Zstd } from '@hpcc-js/wasm-zstd'
import type { SchemaElement } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'

export type WrittenColumn =
  | { readonly type: 'text'; readonly values: readonly (string | null)[] }
  | { readonly type: 'bytes'; readonly values: readonly (Uint8Array | null)[] }
  | { readonly type: 'integer'; readonly values: readonly (number | null)[] }
  | { readonly type: 'flag'; readonly values: readonly (boolean | null)[] }

const rowGroupRows = 100_000
const level = 3

const elements: { readonly [type in WrittenColumn['type']]: Omit<SchemaElement, 'name'> } = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  bytes: { type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
  integer: { type: 'INT32', repetition_type: 'OPTIONAL' },
  flag: { type: 'BOOLEAN', repetition_type: 'OPTIONAL' },
}

/** A parquet file, zstd, all columns optional. The same columns give the same bytes for one version of the writer. */
export async function encodeParquet(columns: { readonly [name: string]: WrittenColumn }): Promise<Uint8Array> {
  const zstd = await Zstd.load()
  const entries = Object.entries(columns)
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: entries.map(([name, { values }]) => ({ name, data: values as (string | null)[] })),
      schema: [{ name: 'schema', num_children: entries.length }, ...entries.map(([name, { type }]): SchemaElement => ({ name, ...elements[type] }))],
      codec: 'ZSTD',
      compressors: { ZSTD: (input) => zstd.compress(input, level) },
      rowGroupSize: rowGroupRows,
      createdBy: 'coterie',
    }),
  )
}
