import type { ColumnMetaData, Compressors, DecodedArray, PageHeader, SchemaTree } from 'hyparquet'
import { assembleLists } from 'hyparquet/src/assemble.js'
import { parquetHeader } from 'hyparquet/src/column.js'
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js'
import { readHybrid } from './hybrid.js'
import { type Leaf, pageValues, plainValues } from './values.js'

interface Levels {
  readonly definition: Uint8Array | Uint32Array
  readonly repetition: Uint8Array | Uint32Array
  /** Number of values that are not null. */
  readonly present: number
}

const none = new Uint8Array(0)

/**
 * The rows of a column chunk, at least the first `wanted` of them; lists and structs as `assembleNested`
 * takes them. The pages must have passed `checkPages`. Throws an `Error` if counts do not match.
 */
export function decodeColumn(
  bytes: Uint8Array,
  column: ColumnMetaData,
  path: readonly SchemaTree[],
  compressors: Compressors,
  wanted: number,
): DecodedArray {
  const leaf: Leaf = { element: (path.at(-1) as SchemaTree).element, type: column.type, path: [...path] }
  const max = { definition: getMaxDefinitionLevel(leaf.path), repetition: getMaxRepetitionLevel(leaf.path) }
  const flat = path.length === 2 && max.repetition === 0
  const total = Number(column.num_values)
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  let rows: unknown[] = flat ? new Array<unknown>(total) : []
  let dictionary: DecodedArray | undefined
  let seen = 0
  while (seen < total && !(flat && seen >= wanted)) {
    const header = parquetHeader(reader)
    const page = bytes.subarray(reader.offset, (reader.offset += header.compressed_page_size))
    if (header.type === 'DICTIONARY_PAGE') {
      const size = header.dictionary_page_header?.num_values ?? 0
      dictionary = plainValues(
        decompress(page, header.uncompressed_page_size, column, compressors),
        0,
        size,
        leaf,
      )
    }
    if (header.type !== 'DATA_PAGE' && header.type !== 'DATA_PAGE_V2') continue
    const { levels, values, count } = dataPage(page, header, { column, leaf, max, compressors, dictionary })
    if (flat) place(values, levels, max.definition, rows, seen, count)
    else if (count > 0) {
      const assembled = assembleLists(rows, [...levels.definition], [...levels.repetition], values, leaf.path)
      if (assembled !== rows)
        rows =
          rows.length === 0
            ? (assembled as unknown[])
            : rows.concat(Array.from(assembled as ArrayLike<unknown>))
    }
    seen += count
  }
  if (flat && seen < total) rows.length = seen
  return rows as DecodedArray
}

/** Values into their rows, with nulls between. */
function place(
  values: DecodedArray,
  { definition }: Levels,
  max: number,
  rows: unknown[],
  from: number,
  count: number,
): void {
  if (definition.length === 0) {
    for (let i = 0; i < count; i++) rows[from + i] = values[i]
    return
  }
  let next = 0
  for (let i = 0; i < count; i++) rows[from + i] = definition[i] === max ? values[next++] : null
}

/** What the pages of a column chunk are decoded with. */
interface PageContext {
  readonly column: ColumnMetaData
  readonly leaf: Leaf
  /** Largest levels of the column. */
  readonly max: { readonly definition: number; readonly repetition: number }
  readonly compressors: Compressors
  /** Undefined if no dictionary page came before. */
  readonly dictionary: DecodedArray | undefined
}

function dataPage(
  page: Uint8Array,
  header: PageHeader,
  { column, leaf, max, compressors, dictionary }: PageContext,
): { levels: Levels; values: DecodedArray; count: number } {
  const { data_page_header: v1, data_page_header_v2: v2, uncompressed_page_size } = header
  if (v2) {
    const repetitionEnd = v2.repetition_levels_byte_length
    const valuesStart = repetitionEnd + v2.definition_levels_byte_length
    const repetition =
      max.repetition > 0 ? readHybrid(page, 0, repetitionEnd, bitsFor(max.repetition), v2.num_values) : none
    const definition =
      max.definition > 0
        ? readHybrid(page, repetitionEnd, valuesStart, bitsFor(max.definition), v2.num_values)
        : none
    const levels = { repetition, definition, present: presentIn(definition, max.definition, v2.num_values) }
    const body = page.subarray(valuesStart)
    const bytes =
      v2.is_compressed === false
        ? body
        : decompress(body, uncompressed_page_size - valuesStart, column, compressors)
    return {
      levels,
      values: pageValues(bytes, 0, levels.present, v2.encoding, leaf, dictionary),
      count: v2.num_values,
    }
  }
  if (!v1) throw new Error('a data page without its header')
  const bytes = decompress(page, uncompressed_page_size, column, compressors)
  let at = 0
  const levelsOf = (maxLevel: number) => {
    if (maxLevel === 0) return none
    if (at + 4 > bytes.byteLength) throw new Error('a page without its levels')
    const end = at + 4 + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true)
    if (end > bytes.byteLength) throw new Error('levels larger than their page')
    const levels = readHybrid(bytes, at + 4, end, bitsFor(maxLevel), v1.num_values)
    at = end
    return levels
  }
  const repetition = levelsOf(max.repetition)
  const definition = levelsOf(max.definition)
  const levels = { repetition, definition, present: presentIn(definition, max.definition, v1.num_values) }
  return {
    levels,
    values: pageValues(bytes, at, levels.present, v1.encoding, leaf, dictionary),
    count: v1.num_values,
  }
}

function decompress(
  page: Uint8Array,
  size: number,
  { codec }: ColumnMetaData,
  compressors: Compressors,
): Uint8Array {
  if (codec === 'UNCOMPRESSED') return page
  const decode = compressors[codec]
  if (!decode) throw new Error(`pages compressed with ${codec}`)
  const bytes = size === 0 ? none : decode(page, size)
  if (bytes.byteLength !== size)
    throw new Error(`a page of ${bytes.byteLength} bytes where its header says ${size}`)
  return bytes
}

function presentIn(definition: Uint8Array | Uint32Array, max: number, count: number): number {
  if (max === 0) return count
  let present = 0
  for (const level of definition) if (level === max) present += 1
  return present
}

const bitsFor = (maxLevel: number) => 32 - Math.clz32(maxLevel)
