import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { loadLock } from './locks.js'
import { runManifest } from '../../src/runner/run.js'
import type { RunResult } from '../../src/runner/result.js'
import { collectGarbage } from '../../src/runner/garbage.js'
import { verifyLock, verifyRebuild } from '../../src/runner/lock/verify.js'
import { systemClock } from '../../src/core/clock.js'
import { openStore } from '../../src/io/store/open.js'
import type { Drift } from '../../src/artefacts/drift.js'
import { artefactDigests } from './artefacts.js'
import { law, topicCrawl, topics, type TopicCrawl } from './topic-crawl.js'

const test = anyTest as TestFn<{ crawl: TopicCrawl; folder: string; store: string; first: RunResult }>

const manifest = ({ manifest }: TopicCrawl, name: string, cluster: string) =>
  manifest(name, { cluster: `{ fine: 6, experts: 2, seed: 3${cluster} }` })

const stageOf = ({ stages }: RunResult, name: string) => stages.find(({ stage }) => stage === name)!
const counts = (result: RunResult) =>
  Object.fromEntries(result.stages.map(({ stage, executed, reused }) => [stage, [executed, reused]]))

/** An earlier run over three shards, then two more shards: one like the first, one of its own kind. */
test.before(async (t) => {
  const crawl = await topicCrawl()
  const first = await runManifest(await manifest(crawl, 'first', ''), { workers: 2 })
  await crawl.shard(
    'later-animals',
    topics.animals.map((caption) => `${caption} again`),
    30,
  )
  await crawl.shard('later-law', law, 30)
  t.context = { crawl, folder: crawl.folder, store: crawl.store, first }
})

test.after.always((t) => t.context.crawl?.remove())

async function drift(store: string, result: RunResult): Promise<Drift> {
  const { tasks } = await loadLock(result.lock!, 'drift')
  return JSON.parse(
    await readFile(join(store, 'drift/data', tasks[0]!.fingerprint, 'drift.json'), 'utf8'),
  ) as Drift
}

test.serial(
  'later shards are assigned to frozen centres, and no task of earlier shards runs again',
  async (t) => {
    const { crawl, folder, store, first } = t.context
    const before = await artefactDigests(store)
    const more = await runManifest(await manifest(crawl, 'more', ', from: first.lock.json'), { workers: 2 })
    const tasks = (name: string) => stageOf(first, name).tasks
    t.deepEqual(counts(more), {
      ingest: [2, tasks('ingest')],
      embed: [2, tasks('embed')],
      cluster: [0, 1],
      assign: [2, tasks('assign')],
      drift: [1, 0],
      // The catalogue of totals is written anew; the groups of the earlier shards are not.
      write: [2, tasks('write') - 1],
    })
    const after = await artefactDigests(store)
    for (const [path, digest] of Object.entries(before))
      if (!/^(drift|write\/catalogue)\//.test(path)) t.is(after[path], digest, path)
    const report = await drift(store, more)
    t.is(report.rows, 60)
    t.true(report.beyond > 0.1, `${report.beyond}`)
    t.not(report.advice, 'keep')
    t.is(
      (await runManifest(join(folder, 'more.yaml'))).stages.reduce((sum, { executed }) => sum + executed, 0),
      0,
      'a second run executes nothing',
    )
  },
)

test.serial(
  'an expert is added for samples that fit none, and earlier experts keep their shards byte for byte',
  async (t) => {
    const { crawl, folder, store, first } = t.context
    const locked = new Set(
      (await loadLock(first.lock!, 'write')).tasks
        .filter(({ key }) => key !== 'catalogue')
        .map(({ fingerprint }) => fingerprint),
    )
    const before = await artefactDigests(store)
    const path = await manifest(crawl, 'added', ', from: first.lock.json, new_expert_fine: 2')
    const added = await runManifest(path, { workers: 2 })
    t.deepEqual(counts(added).cluster, [1, 1])
    t.deepEqual(counts(added).assign, [2, stageOf(first, 'assign').tasks])
    const written = (await loadLock(added.lock!, 'write')).tasks
    t.deepEqual(
      new Set(written.map(({ fingerprint }) => fingerprint).filter((id) => locked.has(id))),
      locked,
      'the groups of the earlier run are this run’s too',
    )
    const after = await artefactDigests(store)
    for (const path of Object.keys(before))
      if (/^write\/group-000\//.test(path)) t.is(after[path], before[path], path)
    t.true(
      Object.keys(after).some((path) => /^write\/group-001\/expert-02\/.*\.tar$/.test(path)),
      'the new expert has shards',
    )
    t.false(
      Object.keys(after).some((path) => /^write\/group-000\/expert-02\//.test(path)),
      'and the earlier group has none of it',
    )

    const ok = await verifyLock(path, {})
    t.deepEqual(ok.mismatches, [])
    const rebuilt = await verifyRebuild(path, join(folder, 'rebuilt'), {
      workers: 2,
      signal: new AbortController().signal,
      listen: () => {},
      expect: () => {},
    })
    t.deepEqual(rebuilt.mismatches, [])
    const kept = await collectGarbage(await openStore(store), {
      remove: false,
      grace_days: 0,
      clock: systemClock,
    })
    t.false(kept.candidates.some(({ key }) => [...locked].some((id) => key.includes(id))))
  },
)

test.serial(
  'the number of workers changes no byte, and a third generation continues the second',
  async (t) => {
    const { crawl, store } = t.context
    const before = await artefactDigests(store)
    await crawl.shard(
      'latest-law',
      law.map((caption) => `${caption}, revised`),
      30,
    )
    const third = await runManifest(await manifest(crawl, 'third', ', from: added.lock.json'), { workers: 5 })
    t.deepEqual(counts(third).cluster, [0, 2])
    t.deepEqual(counts(third).assign, [1, 5])
    t.deepEqual(counts(third).write, [2, 2])
    const report = await drift(store, third)
    t.is(report.rows, 30)
    t.true(report.by_expert[2]!.share > 0.5, 'the added expert holds what is like it')
    const after = await artefactDigests(store)
    for (const [path, digest] of Object.entries(before))
      if (/^(ingest|embed|assign|cluster|write\/group)/.test(path)) t.is(after[path], digest, path)
  },
)

test.serial('a lock that cannot be continued is named', async (t) => {
  const { crawl, folder } = t.context
  const run = (name: string, cluster: string, more = {}) =>
    manifest(crawl, name, cluster).then((path) => runManifest(path, more))
  await t.throwsAsync(run('missing', ', from: nowhere.lock.json'), { code: 'E_NOT_FOUND' } as object)
  await t.throwsAsync(run('elsewhere', ', from: first.lock.json', { store: join(folder, 'other') }), {
    code: 'E_EARLIER',
    message: /not in this store/,
  } as object)
  await t.throwsAsync(run('nothing', ', from: third.lock.json, new_expert_fine: 2'), {
    code: 'E_NOTHING_NEW',
  } as object)
  await t.throwsAsync(run('without', ', new_expert_fine: 2'), { code: 'E_MANIFEST' } as object)
  await writeFile(join(folder, 'bad.lock.json'), '{"lock": 2}')
  await t.throwsAsync(run('bad', ', from: bad.lock.json'), { code: 'E_LOCK' } as object)
})

test.serial('centres are also taken from the folder of an artefact', async (t) => {
  const { crawl, folder, store } = t.context
  const { tasks } = await loadLock(t.context.first.lock!, 'cluster')
  const data = join(store, 'cluster/data', tasks[0]!.fingerprint)
  const copied = await runManifest(await manifest(crawl, 'copied', `, from: ${data}`), {
    store: join(folder, 'other'),
    workers: 2,
  })
  const again = (await loadLock(copied.lock!, 'cluster')).tasks[0]!
  for (const name of ['fine.npy', 'experts.json']) {
    t.deepEqual(
      await readFile(join(folder, 'other/cluster/data', again.fingerprint, name)),
      await readFile(join(data, name)),
    )
  }
})
