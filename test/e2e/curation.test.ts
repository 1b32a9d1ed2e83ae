import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { runManifest } from '../../src/runner/run.js'
import type { RunResult } from '../../src/runner/result.js'
import { loadLock } from './locks.js'
import { law, topicCrawl, type TopicCrawl } from './topic-crawl.js'

const test = anyTest as TestFn<{ crawl: TopicCrawl }>

const pipeline = `name: data
doc: Near-duplicates taken out, then an even draw.
stages:
  ingest: {}
  embed: { takes: { samples: ingest } }
  cluster: { takes: { vectors: embed, samples: ingest } }
  assign: { takes: { vectors: embed, centres: cluster } }
  deduplicate: { takes: { vectors: embed, assignments: assign } }
  curate: { takes: { assignments: deduplicate, centres: cluster } }
  write: { takes: { samples: ingest, assignments: curate } }
`
const cluster = '{ fine: 12, experts: 2 }'

test.before(async (t) => {
  const crawl = await topicCrawl(pipeline)
  // One frequent topic, whose captions differ in a number only.
  await crawl.shard('frequent', law, 120)
  t.context = { crawl }
})
test.after.always((t) => t.context.crawl?.remove())

const stageOf = ({ stages }: RunResult, name: string) => stages.find(({ stage }) => stage === name)!
const digests = async (store: string, lock: string, stage: string): Promise<string[]> => {
  const { tasks } = await loadLock(lock, stage)
  const records = await Promise.all(
    tasks.map(
      async ({ fingerprint }) =>
        JSON.parse(await readFile(join(store, stage, 'records', `${fingerprint}.json`), 'utf8')) as {
          key: string
          files: { name: string; sha256: string }[]
        },
    ),
  )
  return records
    .filter(({ key }) => /^(split|group)/.test(key))
    .flatMap(({ files }) => files.map(({ name, sha256 }) => `${name} ${sha256}`))
    .sort()
}

test.serial('rows that are not written are counted under their reason, each row once', async (t) => {
  const { crawl } = t.context
  const found = await runManifest(
    await crawl.manifest('two', {
      cluster,
      deduplicate: '{ similarity: 0.9 }',
      curate: '{ share: 0.6, levels: [3] }',
    }),
    { workers: 2 },
  )
  for (const name of ['deduplicate', 'curate'])
    t.like(stageOf(found, name), { rows_in: 240, rows_out: 240, dropped: {} })
  const { rows_in, rows_out, dropped } = stageOf(found, 'write')
  t.deepEqual(Object.keys(dropped).sort(), ['near_duplicate', 'not_drawn'])
  t.true(dropped['near_duplicate']! > 20, `${dropped['near_duplicate']}`)
  t.is(rows_in, rows_out + dropped['near_duplicate']! + dropped['not_drawn']!)
  const kept = 240 - dropped['near_duplicate']!
  t.true(Math.abs(rows_out / kept - 0.6) < 0.15, `${rows_out} of ${kept}`)
})

test.serial('workers and the grouping of tasks change no byte', async (t) => {
  const { crawl } = t.context
  const two = join(crawl.folder, 'two.lock.json')
  const other = join(crawl.folder, 'alone')
  const found = await runManifest(
    await crawl.manifest('alone', {
      cluster,
      deduplicate: '{ similarity: 0.9, rows_per_task: 1000 }',
      curate: '{ share: 0.6, levels: [3] }',
    }),
    { workers: 1, store: other },
  )
  for (const stage of ['curate', 'write'])
    t.deepEqual(await digests(other, found.lock!, stage), await digests(crawl.store, two, stage), stage)
})

test.serial('levels that do not shrink are a mistake in the manifest', async (t) => {
  const { crawl } = t.context
  const path = await crawl.manifest('wrong', { cluster, curate: '{ levels: [4, 8] }' })
  await t.throwsAsync(runManifest(path), { code: 'E_MANIFEST' } as object)
})
