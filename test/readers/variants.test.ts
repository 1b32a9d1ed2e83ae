import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programOf } from '../../scripts/readers/cache.js'
import type { Json } from '../../src/core/json.js'
import { openParquet } from '../../src/io/parquet/read.js'
import { fileSource } from '../../src/io/store/local/source.js'
import { comparable } from '../fakes/comparable.js'
import { temporaryFolder } from '../fakes/folder.js'
import { requirements, testWith } from '../requires.js'

const python = programOf('readers', 'python') as string
const test = testWith([requirements.readers])

test('parquet of pyarrow, DuckDB, fastparquet and polars is read as pyarrow reads it', async (t) => {
  t.timeout(180_000)
  const folder = await temporaryFolder(t)
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'variants.py'), folder], {
    timeout: 120_000,
  })
  const { made } = JSON.parse(stdout) as { made: number }
  const names = (await readdir(folder)).filter((file) => file.endsWith('.parquet')).sort()
  t.is(names.length, made)
  const wrong: string[] = []
  for (const name of names) {
    const expected = JSON.parse(await readFile(join(folder, name.replace(/parquet$/, 'json')), 'utf8')) as {
      [column: string]: Json
    }[]
    try {
      const file = await openParquet(await fileSource(join(folder, name)))
      const columns = file.columns.map((column) => column.name)
      let at = 0
      let difference: string | undefined
      for await (const batch of file.read(columns)) {
        for (let i = 0; i < batch.rows; i++, at++) {
          for (const column of columns) {
            const [ours, theirs] = [
              JSON.stringify(comparable(batch.columns[column]?.[i])),
              JSON.stringify(expected[at]?.[column]),
            ]
            if (ours !== theirs)
              difference ??=
                `row ${at}, ${column}: ${ours?.slice(0, 80)} ` + `where pyarrow has ${theirs?.slice(0, 80)}`
          }
        }
      }
      if (at !== expected.length) difference ??= `${at} rows where pyarrow has ${expected.length}`
      if (difference !== undefined) wrong.push(`${name}: ${difference}`)
    } catch (error) {
      wrong.push(`${name}: ${String(error)} ${String((error as { found?: string }).found)}`)
    }
  }
  t.deepEqual(wrong, [])
})
