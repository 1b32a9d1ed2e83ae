import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PipelineError } from '../../src/core/error.js'
import { packagePath } from '../../src/core/package-path.js'
import { runManifest } from '../../src/runner/run.js'
import { mounted } from '../fakes/mounted.js'
import { requirements, testWith } from '../requires.js'
import { artefactDigests } from './artefacts.js'
import { topicCrawl } from './topic-crawl.js'

const test = testWith([requirements.mounting])
const stages = { cluster: '{ fine: 6, experts: 2, seed: 3 }' }

test('a full or read-only disk is named; with space the run resumes to the same bytes', async (t) => {
  const crawl = await topicCrawl()
  t.teardown(() => crawl.remove())
  const place = await mounted(t, 'size=96k')
  const manifest = await crawl.manifest('full', stages)
  const store = join(place.folder, 'store')
  const run = (options: object = {}) => runManifest(manifest, { workers: 1, store, ...options })
  const full = (await t.throwsAsync<PipelineError>(run()))!
  t.is(full.code, 'E_DISK_FULL', full.message)
  const kept = await artefactDigests(store)

  place.remount('size=64m,ro')
  t.is((await t.throwsAsync<PipelineError>(run()))?.code, 'E_READ_ONLY')
  // Also as people meet it: a message and an exit code, no stack.
  const { status, stderr } = spawnSync(
    process.execPath,
    [packagePath('dist/cli/main.js'), 'run', manifest, '--store', store],
    { encoding: 'utf8' },
  )
  t.is(status, 4)
  t.regex(stderr, /E_READ_ONLY/)
  t.notRegex(stderr, /\n +at /)

  place.remount('size=64m,rw')
  const done = await run()
  t.true(
    done.stages.some(({ reused }) => reused > 0),
    'what was committed before is used',
  )
  const elsewhere = join(crawl.folder, 'elsewhere')
  await runManifest(manifest, { workers: 1, store: elsewhere })
  const [found, expected] = [await artefactDigests(store), await artefactDigests(elsewhere)]
  t.deepEqual(found, expected)
  for (const [path, digest] of Object.entries(kept)) t.is(expected[path], digest, path)
  t.deepEqual(
    (await readdir(join(store, '_tmp')).catch(() => [])).filter((name) => !name.startsWith('keep')),
    [],
    'no litter',
  )
})
