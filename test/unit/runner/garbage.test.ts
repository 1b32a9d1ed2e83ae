import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { parquetWriteFile } from 'hyparquet-writer/src/node.js'
import { collectGarbage } from '../../../src/runner/garbage.js'
import { recallRun } from '../../../src/runner/recall.js'
import { statusOf } from '../../../src/runner/status.js'

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

test('a run with stages that are not known here keeps what its last plan and its lock name', async (t) => {
  const folder = join(t.context.folder, 'foreign')
  const manifest = join(folder, 'p.yaml')
  const kept = 'a'.repeat(64)
  const files = {
    'p.yaml': 'name: p\nplugins: [./mine.js]\nstore: store\nstages: { mine:tally: {} }\n',
    'store/_live/tasks/p.json': JSON.stringify({
      stages: [{ node: 'tally', stage: 'mine:tally', tasks: [['whole', kept]] }],
    }),
    [`store/mine:tally/records/${kept}.json`]: JSON.stringify({
      format: 1,
      stage: 'mine:tally',
      key: 'whole',
      fingerprint: kept,
      version: 1,
      entries: [],
      split_ids: [],
      files: [],
      accounting: { rows_in: 3, expanded: 0, rows_out: 3, dropped: {} },
      inputs: {},
      notes: {},
      seconds: 0,
      memory_bytes: 0,
      machine: { node: '', arch: '', cpu: '' },
    }),
    [`store/mine:tally/data/${kept}/x`]: '',
    [`store/mine:tally/records/${stray}.json`]: '{}',
    [`store/mine:tally/data/${stray}/x`]: '',
    'store/_plugins/0/x': '',
  }
  for (const [key, text] of Object.entries(files)) {
    await mkdir(join(folder, key, '..'), { recursive: true })
    await writeFile(join(folder, key), text)
  }
  const { candidates } = await collectGarbage([manifest], {
    remove: false,
    grace_days: 3,
    clock: { now: () => 0 } as never,
  })
  t.deepEqual(
    candidates.map(({ key }) => key),
    [`mine:tally/records/${stray}.json`, `mine:tally/data/${stray}/x`],
  )
  const status = await statusOf(await recallRun(manifest, {}))
  t.like(status.stages[0], { stage: 'tally', tasks: 1, succeeded: 1, rows_out: 3 })
})
