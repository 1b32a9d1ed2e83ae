import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { runFake } from '../fakes/task-context.js'
import { programOf } from '../../scripts/readers/cache.js'
import { joinFetched } from '../../src/io/doctor/join-fetched.js'
import { diagnoseFetched } from '../../src/io/doctor/fetched.js'
import { encodeParquet } from '../../src/io/parquet/write.js'
import { decodeSamples } from '../../src/io/tables/samples.js'
import { ingest } from '../../src/stages/ingest/spec.js'
import { crawlTask, plainIngest, splitOf } from '../fakes/crawl-task.js'
import { picture } from '../fakes/crawl.js'
import { temporaryFolder } from '../fakes/folder.js'
import { requirements, testWith } from '../requires.js'
import { written } from '../fakes/written.js'

const program = programOf('img2dataset', 'img2dataset') as string
const test = testWith([requirements.img2dataset])

test('the output of img2dataset is read as a crawl, with keys kept and losses counted', async (t) => {
  t.timeout(150_000)
  const server = createServer((request, response) => {
    const number = Number(/\d+/.exec(request.url ?? '')?.[0])
    if (number % 5 === 0) return void response.writeHead(404).end()
    if (number % 7 === 0) return void response.end('<html>no picture</html>')
    picture(number).then(
      (bytes) => response.end(bytes),
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const numbers = Array.from({ length: 90 }, (_, i) => i)
  const crawl = {
    'a.parquet': await encodeParquet({
      url: { type: 'text', values: numbers.map((i) => `${address}/${i}.png`) },
      caption: { type: 'text', values: numbers.map((i) => `text ${i}`) },
    }),
  }
  const { files } = await written(t, crawl, 'parquet', { ooc_ratio: 0 })
  const folder = await temporaryFolder(t)
  const lists = join(folder, 'urls')
  const keys = new Set<string>()
  for (const [name, bytes] of files) {
    if (!name.startsWith('expert-01/urls/') || !name.endsWith('.parquet')) continue
    await mkdir(lists, { recursive: true })
    await writeFile(join(lists, basename(name)), bytes)
  }
  const fetched = join(folder, 'fetched')
  const options = [
    '--url_list',
    lists,
    '--input_format',
    'parquet',
    '--url_col',
    'url',
    '--caption_col',
    'caption',
    '--save_additional_columns',
    '["sample_key","crawl_key","fine","expert","ooc"]',
  ]
  await promisify(execFile)(
    program,
    [
      ...options,
      '--output_format',
      'webdataset',
      '--output_folder',
      fetched,
      '--image_size',
      '16',
      '--number_sample_per_shard',
      '12',
      '--processes_count',
      '1',
      '--thread_count',
      '4',
      '--enable_wandb',
      'False',
    ],
    { timeout: 140_000, env: { ...process.env, NO_ALBUMENTATIONS_UPDATE: '1' } },
  )

  const joined = await joinFetched(lists, fetched)
  const lostBy = (reason: string) => joined.lost[reason] ?? 0
  t.true(joined.listed > 15)
  t.is(joined.listed, joined.fetched + Object.values(joined.lost).reduce((sum, count) => sum + count, 0))
  t.true(lostBy('download_failed') > 0 && lostBy('resize_failed') > 0, JSON.stringify(joined.lost))
  t.is(joined.strangers, 0)
  t.is(
    joined.shards.reduce((sum, { rows }) => sum + rows, 0),
    joined.fetched,
  )
  t.true((await diagnoseFetched(lists, fetched, 0.9)).ok)
  t.false((await diagnoseFetched(lists, fetched, 0.05)).ok)

  let fetchedRows = 0
  for (const { uri } of joined.shards) {
    const table = uri.replace(/\.tar$/, '.parquet')
    const again = {
      [uri]: new Uint8Array(await readFile(uri)),
      [table]: new Uint8Array(await readFile(table)),
    }
    const task = crawlTask(await temporaryFolder(t), again, {
      options: plainIngest,
      splits: [splitOf(again, uri, 'img2dataset')],
    })
    await runFake(ingest, task.context)
    await task.finish('ingest')
    const samples = decodeSamples(task.files.get('samples.arrow')!)
    fetchedRows += samples.length
    samples.caption.forEach((caption, i) => {
      const { sample_key, expert } = JSON.parse(samples.metadata[i] as string) as {
        sample_key: string
        expert: number
      }
      t.is(caption, `text ${Number(sample_key.slice(10))}`)
      t.is(expert, 1)
      keys.add(sample_key)
    })
  }
  t.is(fetchedRows, joined.fetched)
  t.is(keys.size, joined.fetched)

  // A shard that img2dataset never came to.
  const [first] = joined.shards
  t.truthy(first)
  const elsewhere = join(folder, 'part')
  await mkdir(elsewhere)
  for (const { uri } of joined.shards.slice(1))
    for (const file of [uri, uri.replace(/\.tar$/, '.parquet')])
      await writeFile(join(elsewhere, basename(file)), await readFile(file))
  const part = await joinFetched(lists, elsewhere)
  t.is(dirname(part.shards[0]?.uri ?? ''), elsewhere)
  t.true((part.lost.not_tried ?? 0) >= (first?.rows ?? 0))
  t.is(part.listed, part.fetched + Object.values(part.lost).reduce((sum, count) => sum + count, 0))
})
