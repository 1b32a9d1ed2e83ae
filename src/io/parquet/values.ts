import type {
  DecodedArray,
  Encoding,
  ParquetParsers,
  ParquetType,
  SchemaElement,
  SchemaTree,
} from 'hyparquet'
import { convert } from 'hyparquet/src/convert.js'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { byteStreamSplit } from 'hyparquet/src/encoding.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { deltaByteArrays, deltaLengthByteArrays, plainByteArrays } from './byte-arrays.js'
import { readHybrid } from './hybrid.js'
import { parsers } from './parsers.js'
import { isText } from './text-type.js'

/** A physical column: its type and its place in the schema. */
export interface Leaf {
  readonly element: SchemaElement
  readonly type: ParquetType
  readonly path: SchemaTree[]
}

/**
 * The values of a data page that are not null, from byte `at` on. Throws an `Error` where the page is too
 * short for them.
 */
export function pageValues(
  page: Uint8Array,
  at: number,
  count: number,
  encoding: Encoding,
  leaf: Leaf,
  dictionary: DecodedArray | undefined,
): DecodedArray {
  if (count === 0) return []
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: at }
  switch (encoding) {
    case 'PLAIN':
      return plainValues(page, at, count, leaf)
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      return fromDictionary(readHybrid(page, at + 1, page.byteLength, page[at] as number, count), dictionary)
    case 'RLE':
      return Array.from(readHybrid(page, at + 4, page.byteLength, 1, count), Boolean)
    case 'DELTA_BINARY_PACKED': {
      const values = leaf.type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count)
      deltaBinaryUnpack(reader, count, values)
      return rich(values, leaf)
    }
    case 'DELTA_LENGTH_BYTE_ARRAY':
      return deltaLengthByteArrays(page, at, count, isText(leaf.element)) as DecodedArray
    case 'DELTA_BYTE_ARRAY': {
      const values = deltaByteArrays(page, at, count, isText(leaf.element)) as DecodedArray
      return leaf.type === 'BYTE_ARRAY' ? values : rich(values, leaf)
    }
    case 'BYTE_STREAM_SPLIT':
      checkSize(page, at, count, leaf)
      return rich(byteStreamSplit(reader, count, leaf.type, leaf.element.type_length), leaf)
    default:
      throw new Error(`a page in the encoding ${String(encoding)}`)
  }
}

/** PLAIN, which dictionaries are in as well. */
export function plainValues(page: Uint8Array, at: number, count: number, leaf: Leaf): DecodedArray {
  const text = isText(leaf.element)
  if (leaf.type === 'BYTE_ARRAY') {
    const values = plainByteArrays(page, at, count, text) as DecodedArray
    return text ? values : rich(values, leaf)
  }
  checkSize(page, at, count, leaf)
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: at }
  return rich(readPlain(reader, leaf.type, count, leaf.element.type_length), leaf)
}

function fromDictionary(
  indices: Uint8Array | Uint32Array,
  dictionary: DecodedArray | undefined,
): DecodedArray {
  if (!dictionary) throw new Error('a page that refers to a dictionary that is not there')
  const values = new Array<unknown>(indices.length)
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number
    if (index >= dictionary.length) throw new Error(`entry ${index} of a dictionary of ${dictionary.length}`)
    values[i] = dictionary[index]
  }
  return values as DecodedArray
}

const bits: { readonly [type in ParquetType]?: number } = {
  BOOLEAN: 1,
  INT32: 32,
  FLOAT: 32,
  INT64: 64,
  DOUBLE: 64,
  INT96: 96,
}

function checkSize(page: Uint8Array, at: number, count: number, { type, element }: Leaf): void {
  const width = bits[type] ?? (element.type_length ?? 0) * 8
  if (at + Math.ceil((count * width) / 8) > page.byteLength)
    throw new Error(`${count} values of ${width} bits in ${page.byteLength - at} bytes`)
}

/** Dates, decimals and other values with a logical type. */
function rich(values: DecodedArray, { element, type, path }: Leaf): DecodedArray {
  return convert(values, {
    element,
    type,
    schemaPath: path,
    pathInSchema: [],
    codec: 'UNCOMPRESSED',
    parsers: parsers as unknown as ParquetParsers,
    utf8: false,
  })
}
