import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { decodeAssignments } from '../../src/io/tables/assignments.js'
import { runManifest } from '../../src/runner/run.js'
import { requirements, testWith } from '../requires.js'
import { artefactDigests, differences } from './artefacts.js'
import { loadLock } from './locks.js'
import { topicCrawl, type TopicCrawl } from './topic-crawl.js'

const test = anyTest as TestFn<{ crawl: TopicCrawl; exact: readonly number[][] }>

const cluster = '{ fine: 40, experts: 3 }'

async function run(
  crawl: TopicCrawl,
  name: string,
  assign: string,
  workers = 2,
  until: 'assign' | undefined = undefined,
) {
  return runManifest(await crawl.manifest(name, { cluster, assign }), {
    workers,
    until,
    ...(workers === 2 ? {} : { store: join(crawl.folder, `store-${workers}`) }),
  })
}

async function fineOf(crawl: TopicCrawl, lock: string): Promise<number[][]> {
  const { tasks } = await loadLock(lock, 'assign')
  return Promise.all(
    tasks.map(async ({ fingerprint }) => [
      ...decodeAssignments(await readFile(join(crawl.store, 'assign/data', fingerprint, 'assignments.arrow')))
        .fine,
    ]),
  )
}

async function notesOf(
  crawl: TopicCrawl,
  lock: string,
): Promise<{ readonly search: string; readonly recall?: number }[]> {
  const { tasks } = await loadLock(lock, 'assign')
  return Promise.all(
    tasks.map(
      async ({ fingerprint }) =>
        (
          JSON.parse(await readFile(join(crawl.store, 'assign/records', `${fingerprint}.json`), 'utf8')) as {
            notes: { search: string; recall?: number }
          }
        ).notes,
    ),
  )
}

test.before(async (t) => {
  const crawl = await topicCrawl()
  t.context = { crawl, exact: [] }
  t.context = { crawl, exact: await fineOf(crawl, (await run(crawl, 'exact', '{ search: exact }')).lock!) }
})

test.after.always((t) => t.context.crawl?.remove())

for (const search of ['cells', 'hnsw'] as const) {
  const searchTest = testWith(search === 'hnsw' ? [requirements.hnswlib] : [], test)
  searchTest.serial(`a whole run with search: ${search}`, async (t) => {
    const { crawl, exact } = t.context
    const found = await run(crawl, search, `{ search: ${search}, min_recall: 0.98 }`)
    for (const notes of await notesOf(crawl, found.lock!)) {
      t.is(notes.search, search)
      t.true(notes.recall! >= 0.98)
    }
    const fine = await fineOf(crawl, found.lock!)
    const rows = exact.flat()
    t.true(fine.flat().filter((centre, row) => centre === rows[row]).length / rows.length >= 0.98)
    const alone = await run(crawl, search, `{ search: ${search}, min_recall: 0.98 }`, 1)
    const digests = async (store: string) =>
      Object.fromEntries(
        Object.entries(await artefactDigests(store)).filter(([path]) =>
          /^(ingest|embed|cluster)\//.test(path),
        ),
      )
    t.deepEqual(differences(await digests(crawl.store), await digests(alone.store)), [])
    t.deepEqual(
      (await loadLock(alone.lock!, 'write')).tasks,
      (await loadLock(found.lock!, 'write')).tasks,
      'one worker writes the same shards',
    )
  })
}

test.serial('auto is exact for so few centres, and says so', async (t) => {
  const { crawl, exact } = t.context
  const found = await run(crawl, 'auto', '{}')
  t.deepEqual(
    (await notesOf(crawl, found.lock!)).map(({ search }) => search),
    ['exact', 'exact', 'exact'],
  )
  t.deepEqual(await fineOf(crawl, found.lock!), exact)
})
