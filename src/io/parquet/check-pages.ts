import { crc32 } from 'node:zlib'
import type { ColumnMetaData, PageHeader } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'

/** Writers make pages of about a megabyte; a larger one than this is a forged count or a bomb. */
const maxPageBytes = 512 << 20
/**
 * Of one column in one row group. A bomb unfolds a thousandfold; a row group of images may well hold
 * gigabytes.
 */
const maxColumnBytes = 4 * 2 ** 30
const maxValues = 2 ** 26

/**
 * Walks the page headers of a column chunk before anything is decoded: sizes inside the chunk, counts that
 * add up, checksums where the writer left some. A decoder that believes a forged count allocates or loops for
 * it. Throws an `Error` that says what does not fit.
 */
export function checkPages(bytes: Uint8Array, column: ColumnMetaData): void {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  const expected = Number(column.num_values)
  check(isSize(expected, maxValues), `${column.num_values} values in one row group`)
  let values = 0
  let unfolded = 0
  while (values < expected) {
    if (reader.offset >= bytes.byteLength)
      throw new Error(
        `${values} values in the pages of ${column.path_in_schema.join('.')}, ${expected} in the footer`,
      )
    const header = parquetHeader(reader)
    const size = header.compressed_page_size
    check(
      isSize(size, bytes.byteLength - reader.offset),
      `a page of ${size} bytes with ${bytes.byteLength - reader.offset} left`,
    )
    check(
      isSize(header.uncompressed_page_size, maxPageBytes),
      `a page of ${header.uncompressed_page_size} bytes uncompressed`,
    )
    unfolded += header.uncompressed_page_size
    check(unfolded <= maxColumnBytes, `more than ${maxColumnBytes} bytes in one column of a row group`)
    values += valuesOf(header, expected - values)
    if (header.crc !== undefined)
      check(
        crc32(bytes.subarray(reader.offset, reader.offset + size)) === header.crc >>> 0,
        'a page whose checksum does not fit',
      )
    reader.offset += size
  }
}

function valuesOf(
  {
    type,
    uncompressed_page_size,
    compressed_page_size,
    data_page_header: v1,
    data_page_header_v2: v2,
    dictionary_page_header: dictionary,
  }: PageHeader,
  left: number,
): number {
  if (type === 'DICTIONARY_PAGE') {
    check(
      isSize(dictionary?.num_values, uncompressed_page_size),
      `a dictionary of ${dictionary?.num_values} values in ${uncompressed_page_size} bytes`,
    )
    return 0
  }
  if (type === 'INDEX_PAGE') return 0
  const count = type === 'DATA_PAGE' ? v1?.num_values : type === 'DATA_PAGE_V2' ? v2?.num_values : undefined
  check(isSize(count, left), `a page of type ${type} with ${count} values where ${left} are left`)
  if (v2)
    check(
      isSize(v2.definition_levels_byte_length, compressed_page_size) &&
        isSize(v2.repetition_levels_byte_length, compressed_page_size - v2.definition_levels_byte_length),
      'levels larger than their page',
    )
  return count
}

function isSize(value: number | undefined, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
}

function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise)
}
