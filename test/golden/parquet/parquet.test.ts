import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { memorySource } from '../../../src/io/source.js'
import { openParquet } from '../../../src/io/parquet/read.js'
import type { Json } from '../../../src/core/json.js'
import { comparable } from '../../fakes/comparable.js'

/**
 * Each file was written by pyarrow, beside what pyarrow reads from it (`make.py`); a pair dropped in here
 * becomes a test.
 */
const folder = join(import.meta.dirname, 'files')

for (const name of (await readdir(folder)).filter((file) => file.endsWith('.parquet')).sort()) {
  test(`reads ${name} as pyarrow does`, async (t) => {
    const source = memorySource(name, await readFile(join(folder, name)))
    const expected = JSON.parse(await readFile(join(folder, name.replace(/parquet$/, 'json')), 'utf8')) as {
      [column: string]: Json
    }[]
    const file = await openParquet(source)
    t.is(file.rows, expected.length)
    const rows: { [column: string]: Json }[] = []
    const names = file.columns.map((column) => column.name)
    for await (const batch of file.read(names)) {
      for (let i = 0; i < batch.rows; i++)
        rows.push(Object.fromEntries(names.map((column) => [column, comparable(batch.columns[column]?.[i])])))
    }
    t.deepEqual(rows, expected)
    // A part that begins and ends inside of row groups.
    if (expected.length === 0) return
    const part: Json[] = []
    for await (const batch of file.read([names[0] as string], 20, 31)) {
      t.is(batch.row_start, 20 + part.length)
      for (let i = 0; i < batch.rows; i++) part.push(comparable(batch.columns[names[0] as string]?.[i]))
    }
    t.deepEqual(
      part,
      expected.slice(20, 31).map((row) => row[names[0] as string] as Json),
    )
  })
}
