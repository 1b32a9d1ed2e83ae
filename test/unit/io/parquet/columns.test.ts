import test from 'ava'
import { ByteWriter, parquetWrite, type ColumnSource } from 'hyparquet-writer'
import { parquetRows } from '../../../../src/io/crawl/parquet.js'
import { openParquet } from '../../../../src/io/parquet/read.js'
import { parsers } from '../../../../src/io/parquet/parsers.js'
import { memorySource } from '../../../../src/io/source.js'

function sourceOf(columnData: ColumnSource[]) {
  const writer = new ByteWriter()
  void parquetWrite({ writer, columnData })
  return memorySource('memory:a.parquet', new Uint8Array(writer.getBuffer()))
}

const text = (name: string, data: readonly string[]): ColumnSource => ({
  name,
  data: [...data],
  type: 'STRING',
})

test('two columns of one name are refused', async (t) => {
  const source = sourceOf([text('caption', ['a']), text('url', ['u']), text('caption', ['b'])])
  await t.throwsAsync(openParquet(source), { code: 'E_COLUMN_TWICE' })
})

test('dates and times are metadata, with all their digits', async (t) => {
  const when = new Date('2024-02-29T12:34:56.789Z')
  const source = sourceOf([
    text('caption', ['a']),
    text('url', ['https://example.org']),
    { name: 'when', data: [when], type: 'TIMESTAMP' },
    { name: 'embedding', data: [[1, 2]], type: 'JSON' },
  ])
  const rows = []
  const request = { row_start: 0, row_end: undefined, images: false, metadata: ['*'] }
  for await (const row of parquetRows(source, request)) rows.push(row)
  t.is(rows[0]?.metadata.when, '2024-02-29T12:34:56.789Z')
})

test('times beyond milliseconds keep their digits', (t) => {
  t.is(parsers.timestampFromMicroseconds(1_709_210_096_789_012n), '2024-02-29T12:34:56.789012Z')
  t.is(parsers.timestampFromNanoseconds(-1n), '1969-12-31T23:59:59.999999999Z')
  t.is(parsers.timestampFromMilliseconds(0), '1970-01-01T00:00:00Z')
  t.is(parsers.dateFromDays(-1), '1969-12-31')
  t.is(parsers.timestampFromMilliseconds(2n ** 62n), String(2n ** 62n))
})
