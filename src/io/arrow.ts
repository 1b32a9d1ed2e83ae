import {
  type DataType,
  RecordBatch,
  Schema,
  Field,
  Struct,
  makeData,
  RecordBatchFileWriter,
  tableFromIPC,
  type Table,
  makeVector,
  Utf8,
  type Vector,
  type Data,
} from 'apache-arrow'
import { PipelineError } from '../core/error.js'

/**
 * Encodes columns of equal length as an Arrow IPC file with one record batch. Equal columns result in equal
 * bytes.
 */
export function encodeTable(length: number, columns: { readonly [name: string]: Vector }): Uint8Array {
  const fields = Object.entries(columns).map(
    ([name, vector]) =>
      new Field(name, vector.type as DataType, vector.nullCount > 0 || vector.type instanceof Utf8),
  )
  const schema = new Schema(fields)
  const children = Object.values(columns).map((vector) => vector.data[0] as Data)
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(fields), length, nullCount: 0, children }),
  )
  const writer = new RecordBatchFileWriter()
  writer.write(batch)
  writer.finish()
  return writer.toUint8Array(true)
}

/** Throws `E_ARROW` if the bytes are not an Arrow file or lack a column. */
export function decodeTable(bytes: Uint8Array, columns: readonly string[], what: string): Table {
  try {
    const table = tableFromIPC(bytes)
    const missing = columns.filter((name) => !table.getChild(name))
    if (missing.length === 0) return table
    throw new PipelineError({
      code: 'E_ARROW',
      message: `${what} lacks a column`,
      expected: columns.join(', '),
      found: table.schema.names.join(', '),
    })
  } catch (error) {
    if (error instanceof PipelineError) throw error
    throw new PipelineError({
      code: 'E_ARROW',
      message: `${what} is not a readable Arrow file`,
      found: (error as Error).message,
      cause: error,
    })
  }
}

/**
 * Strings, with nulls. Built by hand: apache-arrow's builder takes five times as long. An Arrow utf8 column
 * holds at most 2 GiB; splits are far smaller.
 */
export function utf8(values: readonly (string | null)[]): Vector<Utf8> {
  const offsets = new Int32Array(values.length + 1)
  const valid = new Uint8Array((values.length + 7) >> 3)
  const encoder = new TextEncoder()
  let bytes = new Uint8Array(1024)
  let filled = 0
  let nulls = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value === null || value === undefined) nulls += 1
    else {
      valid[i >> 3] = (valid[i >> 3] as number) | (1 << (i & 7))
      // A UTF-16 unit takes at most three bytes.
      if (filled + value.length * 3 > bytes.length) {
        const grown = new Uint8Array(Math.max(bytes.length * 2, filled + value.length * 3))
        grown.set(bytes.subarray(0, filled))
        bytes = grown
      }
      filled += encoder.encodeInto(value, bytes.subarray(filled)).written
    }
    offsets[i + 1] = filled
  }
  const data = makeData({
    type: new Utf8(),
    length: values.length,
    nullCount: nulls,
    nullBitmap: nulls > 0 ? valid : null,
    valueOffsets: offsets,
    data: bytes.slice(0, filled),
  })
  return makeVector(data)
}

export function strings(table: Table, name: string): (string | null)[] {
  const vector = table.getChild(name) as Vector<Utf8>
  return Array.from({ length: vector.length }, (_, i) => vector.get(i))
}
