import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programOf } from '../../scripts/readers/cache.js'
import { openParquet } from '../../src/io/parquet/read.js'
import { packagePath } from '../../src/core/package-path.js'
import { encodeParquet } from '../../src/io/parquet/write.js'
import { openUri } from '../../src/io/store/open.js'
import { runManifest } from '../../src/runner/run.js'
import { loadLock } from '../e2e/locks.js'
import { picture } from '../fakes/crawl.js'
import { temporaryFolder } from '../fakes/folder.js'
import { requirements, testWith } from '../requires.js'

const program = programOf('img2dataset', 'img2dataset') as string
const test = testWith([requirements.img2dataset])

const words = ['red boat on a lake', 'old boat in harbour', 'small dog in grass', 'brown dog with ball']

test('experts are trained on images that img2dataset fetched, with the centres of the URLs', async (t) => {
  t.timeout(240_000)
  const server = createServer((request, response) => {
    const number = Number(/\d+/.exec(request.url ?? '')?.[0])
    if (number % 9 === 0) return void response.writeHead(404).end()
    picture(number).then(
      (bytes) => response.end(bytes),
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const folder = await temporaryFolder(t)
  const numbers = Array.from({ length: 120 }, (_, i) => i)
  const crawl = await encodeParquet({
    url: { type: 'text', values: numbers.map((i) => `${address}/${i}.png`) },
    caption: { type: 'text', values: numbers.map((i) => `${words[i % words.length]} ${i}`) },
  })
  await mkdir(join(folder, 'crawl'))
  await writeFile(join(folder, 'crawl/a.parquet'), crawl)
  await writeFile(
    join(folder, 'addresses.yaml'),
    stages('addresses', 'shards', 'input: { uri: crawl/*.parquet }', ''),
  )
  const listed = await runManifest(join(folder, 'addresses.yaml'))

  const { tasks } = await loadLock(listed.lock!, 'write')
  const group = tasks.find(({ key }) => key === 'group-000')!
  for (const expert of ['expert-00', 'expert-01']) {
    const out = join(folder, 'fetched', expert)
    await mkdir(join(folder, 'fetched'), { recursive: true })
    const options = [
      '--url_list',
      join(folder, 'store/write/data', group.fingerprint, expert, 'urls'),
      '--input_format',
      'parquet',
      '--url_col',
      'url',
      '--caption_col',
      'caption',
      '--save_additional_columns',
      '["sample_key","crawl_key","fine","expert","ooc"]',
    ]
    const size = [
      '--output_format',
      'webdataset',
      '--output_folder',
      out,
      '--image_size',
      '16',
      '--number_sample_per_shard',
      '40',
      '--processes_count',
      '1',
      '--thread_count',
      '4',
      '--enable_wandb',
      'False',
    ]
    await promisify(execFile)(program, [...options, ...size], {
      timeout: 100_000,
      env: { ...process.env, NO_ALBUMENTATIONS_UPDATE: '1' },
    })
  }

  const shards = await readFile(packagePath('pipelines', 'shards.yaml'), 'utf8')
  await writeFile(
    join(folder, 'trained-only.yaml'),
    `${shards.replace('name: shards', 'name: trained-only')}  train:\n    takes: { shards: write, ` +
      'centres: cluster }\n',
  )
  await writeFile(
    join(folder, 'fetched.yaml'),
    stages(
      'fetched',
      './trained-only.yaml',
      'input: { uri: fetched/*/*.tar, format: img2dataset }',
      ', from: addresses.lock.json',
      '  train: { engine: adapter }\n',
    ),
  )
  const trained = await runManifest(join(folder, 'fetched.yaml'))
  const ingest = trained.stages.find(({ stage }) => stage === 'ingest')!
  const missing = numbers.filter((i) => i % 9 === 0).length
  t.is(ingest.rows_out, 120 - missing)
  t.is(ingest.rows_in, ingest.rows_out + Object.values(ingest.dropped).reduce((sum, count) => sum + count, 0))
  t.true((ingest.dropped.download_failed ?? 0) >= missing, JSON.stringify(ingest.dropped))
  t.true((ingest.dropped.out_of_cluster_copy ?? 0) > 0, JSON.stringify(ingest.dropped))
  t.deepEqual(
    (await loadLock(trained.lock!, 'train')).tasks
      .map(({ key }) => key)
      .filter((key) => key.startsWith('expert-')),
    ['expert-0', 'expert-1'],
  )

  // The centres are the first run's, so every picture lies in the set whose list had its address.
  const sizes = async (lock: string) => {
    const catalogue = (await loadLock(lock, 'write')).tasks.find(({ key }) => key === 'catalogue')!
    return JSON.parse(
      await readFile(join(folder, 'store/write/data', catalogue.fingerprint, 'sizes.json'), 'utf8'),
    ) as { [set: string]: { own: number } }
  }
  const after = await sizes(trained.lock!)
  t.is(
    Object.values(after).reduce((sum, { own }) => sum + own, 0),
    120 - missing,
  )
  const before = await listedBy(folder, group.fingerprint)
  for (const expert of ['expert-00', 'expert-01']) t.is(after[expert]?.own, before[expert], expert)
})

/** Own addresses of each list that could be fetched. */
async function listedBy(folder: string, fingerprint: string): Promise<{ [expert: string]: number }> {
  const counts: { [expert: string]: number } = {}
  for (const expert of ['expert-00', 'expert-01']) {
    const file = await openParquet(
      await openUri(join(folder, 'store/write/data', fingerprint, expert, 'urls/00000.parquet')),
    )
    for await (const { rows, columns } of file.read(['url', 'ooc'])) {
      for (let i = 0; i < rows; i++) {
        if (columns.ooc?.[i] !== true && Number(/(\d+)\.png/.exec(String(columns.url?.[i]))?.[1]) % 9 !== 0)
          counts[expert] = (counts[expert] ?? 0) + 1
      }
    }
  }
  return counts
}

function stages(name: string, pipeline: string, input: string, cluster: string, more = ''): string {
  return `name: ${name}
pipeline: ${pipeline}
${input}
store: store
stages:
  cluster: { fine: 4, experts: 2, seed: 3${cluster} }
  write: { ooc_ratio: 0.2 }
${more}`
}
