import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { parquetWriteFile } from 'hyparquet-writer/src/node.js'
import { collectGarbage } from '../../../src/runner/garbage.js'

const test = anyTest as TestFn<{ folder: string; manifest: string }>
const day = 86_400_000
const stray = 'f'.repeat(64)
const strays = [
  `_locks/${'e'.repeat(64)}.json`,
  `ingest/data/${stray}/samples.arrow`,
  `ingest/records/${stray}.json`,
]

test.before(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-test-'))
  await parquetWriteFile({
    filename: join(folder, '0.parquet'),
    columnData: [
      { name: 'url', data: ['https://example.org/1.jpg'], type: 'STRING' },
      { name: 'caption', data: ['a cat'], type: 'STRING' },
    ],
  })
  const manifest = join(folder, 'm.yaml')
  await writeFile(manifest, 'name: m\ninput: { uri: 0.parquet, format: parquet }\nstore: store\nstages: {}\n')
  for (const key of strays) {
    const path = join(folder, 'store', key)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, '{}')
  }
  t.context = { folder, manifest }
})

test.after.always((t) => rm(t.context.folder, { recursive: true, force: true }))

test('what no manifest needs is listed first and removed after the grace period', async (t) => {
  const gc = (now: number, remove: boolean) =>
    collectGarbage([t.context.manifest], { remove, grace_days: 3, clock: { now: () => now } as never })
  const keys = (garbage: { candidates: readonly { key: string }[] }) =>
    garbage.candidates.map(({ key }) => key).sort()
  const start = 1_700_000_000_000
  const first = await gc(start, true)
  t.deepEqual(keys(first), strays)
  t.is(first.removed, 0, 'nothing was listed before')
  t.is((await gc(start + 2 * day, true)).removed, 0)
  t.is((await gc(start + 3 * day, true)).removed, 3)
  t.deepEqual(keys(await gc(start + 4 * day, false)), [])
})
