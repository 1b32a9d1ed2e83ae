import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { startVersitygw } from '../../scripts/test-servers/start.js'
import { packagePath } from '../../src/core/package-path.js'
import { s3Store } from '../../src/io/store/s3/store.js'
import { runManifest } from '../../src/runner/run.js'
import type { RunResult } from '../../src/runner/result.js'
import { verifyLock } from '../../src/runner/lock/verify.js'
import { makeBucket } from '../contract/store-s3.js'
import { requirements, testWith } from '../requires.js'
import { topicCrawl } from './topic-crawl.js'

const bucket = 'coterie-run'
const test = testWith([requirements.versitygw])
const executed = ({ stages }: RunResult) =>
  Object.fromEntries(stages.map(({ stage, executed }) => [stage, executed]))

test('crawl, encoder and store can all be in S3; the encoder is identified by its files', async (t) => {
  t.timeout(180_000)
  const server = (await startVersitygw())!
  const crawl = await topicCrawl()
  const folder = await mkdtemp(join(tmpdir(), 'coterie-s3-run-'))
  t.teardown(async () => {
    await server.stop()
    await crawl.remove()
    await rm(folder, { recursive: true, force: true })
  })
  await makeBucket(server.endpoint, bucket)
  const store = s3Store(bucket, '', { endpoint: server.endpoint, part_megabytes: 5 })
  const upload = async (from: string, prefix: string) => {
    for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile()) await store.create(`${prefix}/${relative(from, path)}`, await readFile(path))
    }
  }
  await upload(join(crawl.folder, 'crawl'), 'crawl')
  await upload(packagePath('encoders', 'static-minilm'), 'models/static')
  const profile = join(folder, 'here.yaml')
  await writeFile(profile, `name: here\nexecutor: local\ns3: { endpoint: "${server.endpoint}" }\n`)
  await mkdir(join(folder, 'manifests'))
  await writeFile(join(folder, 'manifests/data.yaml'), await readFile(join(crawl.folder, 'data.yaml')))
  const run = async (name: string, embed: string) => {
    const manifest = join(folder, 'manifests', `${name}.yaml`)
    await writeFile(
      manifest,
      `name: ${name}\npipeline: ./data.yaml\ninput: { uri: "s3://${bucket}/crawl/*.tar" }\nstore: ` +
        `s3://${bucket}/store\nstages:\n  embed: ${embed}\n  cluster: { fine: 6, experts: 2, seed: ` +
        '3 }\n  write: { shard_megabytes: 1 }\n',
    )
    return { manifest, result: await runManifest(manifest, { profile, workers: 2 }) }
  }
  const there = await run('there', `{ encoder: { model: "s3://${bucket}/models/static" } }`)
  for (const [stage, tasks] of Object.entries(executed(there.result))) t.true(tasks > 0, stage)
  const here = await run('here', `{ encoder: { model: "${packagePath('encoders', 'static-minilm')}" } }`)
  t.deepEqual(
    Object.values(executed(here.result)).filter((tasks) => tasks > 0),
    [],
    'the same files in a local folder are the same encoder: nothing runs again',
  )
  t.deepEqual((await verifyLock(there.manifest, { profile })).mismatches, [])
})
