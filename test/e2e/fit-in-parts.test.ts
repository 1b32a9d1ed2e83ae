import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { PipelineError } from '../../src/core/error.js'
import { runManifest } from '../../src/runner/run.js'
import { artefactDigests, differences } from './artefacts.js'
import { topicCrawl } from './topic-crawl.js'

const cluster = (parts: string) => ({
  cluster: `{ fine: 6, experts: 2, epochs: 0, passes: 3, max_cluster_ratio: null${parts} }`,
})

/** Everything after the fit: the fit's own tasks differ in name and number. */
const assigned = (digests: { [path: string]: string }) =>
  Object.fromEntries(Object.entries(digests).filter(([path]) => /^assign\//.test(path)))

test('a fit in parts has the bytes of a fit on one machine, also after a shard was missing', async (t) => {
  t.timeout(120_000)
  const crawl = await topicCrawl()
  t.teardown(() => crawl.remove())
  const whole = await runManifest(await crawl.manifest('whole', cluster('')), {
    workers: 2,
    store: join(crawl.folder, 'whole'),
  })
  t.true(whole.stages.every(({ tasks, executed }) => executed === tasks))

  const manifest = await crawl.manifest('parts', cluster(', fit_parts: 2'))
  const away = join(crawl.folder, 'away.npy')
  let missing = ''
  const error = await t.throwsAsync(
    runManifest(manifest, {
      workers: 2,
      listen: (event) => {
        if (missing !== '' || event.type !== 'finished' || event.task.stage !== 'cluster') return
        const [artefact = ''] = readdirSync(join(crawl.store, 'embed/data')).sort()
        missing = join(crawl.store, 'embed/data', artefact, 'vectors.npy')
        renameSync(missing, away)
      },
    }),
    { instanceOf: PipelineError },
  )
  t.is(error.code, 'E_ARTEFACT_DAMAGED', `${error.message} ${error.place}`)
  t.true(error.place?.endsWith('vectors.npy'), error.place)

  renameSync(away, missing)
  const parts = await runManifest(manifest, { workers: 2 })
  const fitted = parts.stages.find(({ stage }) => stage === 'cluster')!
  t.true(
    fitted.tasks > 3 && fitted.executed < fitted.tasks,
    `${fitted.executed} of ${fitted.tasks}: what was fitted before stays`,
  )
  t.deepEqual(
    differences(
      assigned(await artefactDigests(join(crawl.folder, 'whole'))),
      assigned(await artefactDigests(crawl.store)),
    ),
    [],
  )
})
