import { spawnSync } from 'node:child_process'
import { appendFile, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { compareRuns } from '../../src/runner/lock/compare.js'
import { runManifest } from '../../src/runner/run.js'
import type { RunResult } from '../../src/runner/result.js'
import { python, requirements, testWith } from '../requires.js'
import { artefactDigests, differences } from './artefacts.js'
import { addShard, smallQuickstart, type SmallQuickstart } from './small-quickstart.js'

const test = anyTest as TestFn<{
  small: SmallQuickstart
  first: RunResult
  manifest: string
  digests: Awaited<ReturnType<typeof artefactDigests>>
}>

const pythonTest = testWith([requirements.python], test)

/** One whole run that all tests look at. */
test.before('run a slice of the quickstart', async (t) => {
  const small = await smallQuickstart(200)
  const manifest = await small.manifest('two-workers')
  const first = await runManifest(manifest, { workers: 2 })
  // Before other tests put more into the store.
  t.context = { small, manifest, first, digests: await artefactDigests(first.store) }
})

test.after.always((t) => t.context.small?.remove())

const executed = ({ stages }: RunResult): string[] =>
  stages.filter((stage) => stage.executed > 0).map(({ stage }) => stage)
const stageOf = ({ stages }: RunResult, name: string) => stages.find(({ stage }) => stage === name)!

test.serial('every pair is accounted for, and the spoilt rows are dropped with a reason', (t) => {
  const { first, small } = t.context
  const ingest = stageOf(first, 'ingest')
  t.is(ingest.rows_in, small.corpus.pairs)
  for (const stage of ['ingest', 'embed', 'assign', 'write']) {
    const { rows_in, rows_out, dropped } = stageOf(first, stage)
    t.is(rows_in, rows_out + Object.values(dropped).reduce((sum, rows) => sum + rows, 0), stage)
  }
  const reasons = first.stages.flatMap(({ dropped }) => Object.entries(dropped))
  t.is(
    reasons.filter(([reason]) => /caption/.test(reason)).reduce((sum, [, rows]) => sum + rows, 0),
    2,
  )
  t.is(
    reasons.filter(([reason]) => /image/.test(reason)).reduce((sum, [, rows]) => sum + rows, 0),
    3,
  )
})

pythonTest.serial('Python reads from the tars exactly the counts of sizes.json', async (t) => {
  const { data, sizes } = await writtenShards(t.context.first.store)
  const script = new URL('webdataset_check.py', import.meta.url).pathname
  const checked = spawnSync(python, [script, ...data], { encoding: 'utf8' })
  t.is(checked.status, 0, checked.stderr)
  const found = JSON.parse(checked.stdout) as {
    webdataset: string | null
    folders: { [folder: string]: { tarfile: number; webdataset: number | null } }
  }
  if (found.webdataset === null) t.log('without the webdataset package: counted with tarfile alone')
  t.deepEqual(Object.keys(found.folders).sort(), ['expert-00', 'expert-01', 'holdout'])
  for (const [folder, counts] of Object.entries(found.folders)) {
    const { own, ooc } = sizes[folder]!
    t.is(counts.tarfile, own + ooc, folder)
    if (counts.webdataset !== null) t.is(counts.webdataset, own + ooc, folder)
  }
})

test.serial('runs are compared by what their locks pin, including options of the command line', async (t) => {
  const { small, first, manifest } = t.context
  const other = await small.manifest('coarse-alone')
  const { store } = first
  const second = await runManifest(other, { workers: 2, store, set: ['evaluate.routing=[coarse]'] })
  t.deepEqual(
    [...new Set(executed(second))].filter((stage) => stage !== 'evaluate'),
    ['report'],
  )
  const { scores, differences: changed } = await compareRuns([manifest, second.lock!], { store })
  t.deepEqual(
    changed.map(({ name }) => name),
    ['option evaluate.routing'],
  )
  const of = (model: string) => scores.find((score) => score.model === model)!.values
  t.true(of('coarse').every((value) => value !== null) && of('published')[0] !== null)
  t.is(of('published')[1], null)
})

test.serial('the report is one page that requests nothing from the network', async (t) => {
  const page = await readFile(t.context.first.report!, 'utf8')
  t.notRegex(page, /<(script|img|link|iframe)[^>]*\s(src|href)\s*=\s*["']?(https?:)?\/\//i)
  t.notRegex(page, /@import|url\(\s*["']?https?:/i)
  const report = JSON.parse(await readFile(t.context.first.report!.replace(/html$/, 'json'), 'utf8')) as {
    scores: { model: string; task: string }[]
  }
  const models = new Set(report.scores.map(({ model }) => model))
  const expected = [
    'dense',
    'expert-0',
    'expert-1',
    'best-single',
    'uniform',
    'published',
    'coded',
    'per-class',
    'oracle',
  ]
  t.deepEqual(
    expected.filter((model) => !models.has(model)),
    [],
  )
})

test.serial('a second run executes nothing and leaves the lock as it is', async (t) => {
  const before = await readFile(t.context.first.lock!, 'utf8')
  const again = await runManifest(t.context.manifest)
  t.deepEqual(executed(again), [])
  t.is(await readFile(again.lock!, 'utf8'), before)
})

test.serial('one and five workers give the same bytes as two', async (t) => {
  const expected = t.context.digests
  const lock = await readFile(t.context.first.lock!, 'utf8')
  for (const workers of [1, 5]) {
    const result = await runManifest(await t.context.small.manifest(`workers-${workers}`), { workers })
    t.deepEqual(differences(expected, await artefactDigests(result.store)), [], `${workers} workers`)
    t.is(await readFile(result.lock!, 'utf8'), lock)
  }
})

test.serial('a changed option runs its stage and the later ones, nothing before it', async (t) => {
  const changed = await runManifest(t.context.manifest, { set: ['write.ooc_ratio=0.1'], until: 'write' })
  t.deepEqual(executed(changed), ['write'])
})

test.serial('only an added shard is read', async (t) => {
  await addShard(t.context.small, 'flat-00009.parquet')
  const more = await runManifest(t.context.manifest, { until: 'embed' })
  t.deepEqual(
    more.stages.map(({ stage, executed, reused }) => [stage, executed, reused]),
    [
      ['ingest', 1, stageOf(t.context.first, 'ingest').tasks],
      ['embed', 1, stageOf(t.context.first, 'embed').tasks],
    ],
  )
  await rename(
    join(t.context.small.crawl, 'flat-00009.parquet'),
    join(t.context.small.folder, 'flat-00009.parquet'),
  )
})

test.serial('a comment in the manifest changes nothing', async (t) => {
  await appendFile(t.context.manifest, '# a remark\n')
  t.deepEqual(executed(await runManifest(t.context.manifest)), [])
  t.is(dirname(t.context.first.lock!), dirname(t.context.manifest))
})

/** The folders that hold tars, and the totals of the catalogue. */
async function writtenShards(
  store: string,
): Promise<{ data: string[]; sizes: { [folder: string]: { own: number; ooc: number } } }> {
  const root = join(store, 'write/data')
  const folders = (await readdir(root)).map((name) => join(root, name))
  const listed = await Promise.all(folders.map(async (folder) => ({ folder, names: await readdir(folder) })))
  const catalogue = listed.find(({ names }) => names.includes('sizes.json'))!.folder
  return {
    data: folders.filter((folder) => folder !== catalogue),
    sizes: JSON.parse(await readFile(join(catalogue, 'sizes.json'), 'utf8')),
  }
}
