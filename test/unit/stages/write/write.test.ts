import { execFileSync } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { readWrittenSets } from '../../../../src/artefacts/written-sets.js'
import type { PipelineError } from '../../../../src/core/error.js'
import { memorySource } from '../../../../src/io/source.js'
import { fileSource } from '../../../../src/io/store/local/source.js'
import { encodeParquet } from '../../../../src/io/parquet/write.js'
import { openParquet } from '../../../../src/io/parquet/read.js'
import { readWebDataset } from '../../../../src/io/tar/webdataset.js'
import { groupSplits } from '../../../../src/stages/write/grouping.js'
import { shardCount } from '../../../../src/stages/write/set-files.js'
import { picture, tarOf } from '../../../fakes/crawl.js'
import { temporaryFolder } from '../../../fakes/folder.js'
import { fakeSplit } from '../../../fakes/task-context.js'
import { catalogueOf, experts, written } from '../../../fakes/written.js'
import { python, requirements, testWith } from '../../../requires.js'

const pythonTest = testWith([requirements.python])

async function pairs(count: number): Promise<[string, Uint8Array | string][]> {
  const members: [string, Uint8Array | string][] = []
  for (let i = 0; i < count; i++)
    members.push(
      [`k${i}.png`, await picture(i)],
      [`k${i}.txt`, `caption number ${i}`],
      [`k${i}.json`, `{"source": "s${i}", "key": "old${i}"}`],
    )
  return members
}

const numbers = (files: ReadonlyMap<string, Uint8Array>, name: string) =>
  JSON.parse(new TextDecoder().decode(files.get(name))) as { [file: string]: number }

test('every sample is written once to its own set, and by chance as a marked copy elsewhere', async (t) => {
  const crawl = { 'a.tar': await tarOf(await pairs(150)) }
  const { files, rows, accounting, artefact } = await written(t, crawl, 'webdataset')
  const own = new Map<string, string>()
  let copies = 0
  for (const [name, bytes] of files) {
    if (!name.endsWith('.tar')) continue
    const folder = name.split('/')[0] as string
    let samples = 0
    for await (const { key, members } of readWebDataset(memorySource(name, bytes))) {
      samples += 1
      const json = JSON.parse(new TextDecoder().decode(members.get('json')?.bytes)) as {
        key: string
        expert: number
        fine: number
        ooc: boolean
        source: string
        crawl_key: string
      }
      const index = rows.key.indexOf(key)
      const number = rows.row[index] as number
      t.like(json, {
        key,
        expert: index % experts,
        fine: index % 7,
        source: `s${number}`,
        crawl_key: `k${number}`,
        crawl_crawl_key: `old${number}`,
      })
      t.is(new TextDecoder().decode(members.get('txt')?.bytes), `caption number ${number}`)
      t.deepEqual(members.get('png')?.bytes, await picture(number))
      if (json.ooc) {
        copies += 1
        t.not(folder, `expert-0${json.expert}`)
        t.not(folder, 'holdout')
      } else {
        t.false(own.has(key), 'own samples come once')
        own.set(key, folder)
        t.is(folder, rows.holdout[index] ? 'holdout' : `expert-0${json.expert}`)
      }
    }
    t.is(samples, numbers(files, `${folder}/sizes.json`)[name.split('/')[1] as string] ?? -1)
  }
  t.is(own.size, 150)
  t.deepEqual(accounting, { rows_in: 150, rows_out: 150, expanded: 0, dropped: {} })
  t.true(copies > 20 && copies < 90, `${copies} copies`)
  const sets = Object.values(await readWrittenSets(artefact))
  t.is(
    sets.reduce((sum, set) => sum + set.own, 0),
    150,
  )
  t.is(
    sets.reduce((sum, set) => sum + set.ooc, 0),
    copies,
  )
  t.deepEqual([...files.keys()].filter((name) => name.startsWith('expert-00/')).sort(), [
    'expert-00/00000.tar',
    'expert-00/00001.tar',
    'expert-00/sizes.json',
    'expert-00/statistics.json',
  ])
})

test('the same input gives the same bytes', async (t) => {
  const crawl = { 'a.tar': await tarOf(await pairs(20)) }
  const [one, other] = [await written(t, crawl, 'webdataset'), await written(t, crawl, 'webdataset')]
  t.deepEqual(one.files, other.files)
  const another = await written(t, crawl, 'webdataset', { seed: 5 })
  t.notDeepEqual(one.files, another.files)
})

/** Too large to be worth a copy in the log; every third is small. */
const photos = (count: number) =>
  Array.from({ length: count }, (_, i): [string, Uint8Array | string][] => [
    [`k${i}.jpg`, new Uint8Array(i % 3 === 0 ? 50 : 5000 + i).fill(i)],
    [`k${i}.txt`, `caption number ${i}`],
  ]).flat()

test('pictures of a local tar are read again from the tar, with the same bytes', async (t) => {
  const crawl = { 'a.tar': await tarOf(photos(40)) }
  const path = join(await temporaryFolder(t), 'a.tar')
  await writeFile(path, crawl['a.tar'])
  const [there, here] = [
    await written(t, crawl, 'webdataset', { images: 'none' }),
    await written(t, crawl, 'webdataset', { images: 'none' }, -1, () => fileSource(path)),
  ]
  t.deepEqual(here.files, there.files)
  const scratch = async ({ context }: typeof here) => (await stat(join(context.scratch, 'samples'))).size
  t.true((await scratch(here)) < 0.2 * (await scratch(there)), 'and only the small ones are in the log')
})

test('a tar that changes after its pictures were checked is refused', async (t) => {
  const crawl = { 'a.tar': await tarOf(photos(10)) }
  const path = join(await temporaryFolder(t), 'a.tar')
  await writeFile(path, crawl['a.tar'])
  const open = async () => {
    const source = await fileSource(path)
    return {
      ...source,
      async *stream(start?: number) {
        yield* source.stream(start)
        await writeFile(path, crawl['a.tar'].fill(1, 512, 513))
      },
    }
  }
  t.is(
    (await t.throwsAsync<PipelineError>(written(t, crawl, 'webdataset', { images: 'none' }, -1, open))).code,
    'E_CHANGED',
  )
})

pythonTest('Python reads the tars', async (t) => {
  const { files } = await written(t, { 'a.tar': await tarOf(await pairs(12)) }, 'webdataset')
  const name = [...files.keys()].find(
    (each) => each.startsWith('expert-01/') && each.endsWith('.tar'),
  ) as string
  const path = join(await temporaryFolder(t), 'x.tar')
  await writeFile(path, files.get(name)!)
  const script =
    'import json,sys,tarfile;print(json.dumps([[m.name,m.size,m.mtime,m.mode,m.uid,m.isfile()] ' +
    'for m in tarfile.open(sys.argv[1])]))'
  const listed = JSON.parse(execFileSync(python, ['-c', script, path], { encoding: 'utf8' })) as [
    string,
    number,
    number,
    number,
    number,
    boolean,
  ][]
  t.is(listed.length, 3 * (numbers(files, 'expert-01/sizes.json')[name.split('/')[1] as string] as number))
  for (const [member, size, mtime, mode, uid, isFile] of listed) {
    t.regex(member, /^[0-9a-f]{10}\d{8}\.(png|txt|json)$/)
    t.deepEqual([size > 0, mtime, mode, uid, isFile], [true, 0, 0o644, 0, true])
  }
})

test('truncated files, other files and images that cannot be trained on are dropped by reason', async (t) => {
  const [good, gif] = [await picture(1), Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1')]
  const images = [
    good,
    good.subarray(0, 40),
    new TextEncoder().encode('<html>404</html>'),
    gif,
    new Uint8Array(0),
    null,
    good,
  ]
  const crawl = {
    'a.parquet': await encodeParquet({
      caption: { type: 'text', values: images.map((_, i) => `c${i}`) },
      image: { type: 'bytes', values: images },
    }),
  }
  const { accounting } = await written(t, crawl, 'parquet', { ooc_ratio: 0 }, 6)
  t.deepEqual(accounting.dropped, {
    image_truncated: 1,
    image_unknown_format: 1,
    image_format_unsupported: 1,
    image_missing: 2,
    vector_zero: 1,
  })
  t.is(accounting.rows_out, 1)
})

test('a group that lost too many samples is refused before anything is written', async (t) => {
  const crawl = {
    'a.tar': await tarOf([
      ...(await pairs(8)),
      ['x.png', await picture(1)],
      ['x.txt', ' '],
      ['y.txt', 'no picture'],
    ]),
  }
  const error = await t.throwsAsync<PipelineError>(written(t, crawl, 'webdataset', { most_lost_share: 0.1 }))
  t.is(error.code, 'E_TOO_MUCH_LOST')
  t.is(error.found, '2 lost: 1 caption_empty, 1 image_missing')
  t.is((await written(t, crawl, 'webdataset', { most_lost_share: 0.2 })).accounting.rows_out, 8)
})

test('a crawl of URLs becomes lists of URLs', async (t) => {
  const values = Array.from({ length: 60 }, (_, i) => i)
  const crawl = {
    'a.parquet': await encodeParquet({
      URL: { type: 'text', values: values.map((i) => `https://example.org/${i}`) },
      TEXT: { type: 'text', values: values.map((i) => `text ${i}`) },
    }),
  }
  const { files } = await written(t, crawl, 'parquet')
  const seen: string[] = []
  for (const [name, bytes] of files) {
    if (!name.endsWith('.parquet')) continue
    for await (const { columns, rows } of (await openParquet(memorySource(name, bytes))).read([
      'url',
      'caption',
      'sample_key',
      'crawl_key',
      'fine',
      'expert',
      'ooc',
    ])) {
      for (let i = 0; i < rows; i++) {
        t.is(String(columns.caption?.[i]).slice(5), String(columns.url?.[i]).slice(20))
        if (columns.ooc?.[i] === false) seen.push(String(columns.url?.[i]))
      }
    }
  }
  t.deepEqual(seen.sort(), values.map((i) => `https://example.org/${i}`).sort())
})

test('the catalogue has the totals of the groups', async (t) => {
  const { artefact } = await written(t, { 'a.tar': await tarOf(await pairs(30)) }, 'webdataset')
  const files = await catalogueOf(t, [artefact])
  const sizes = JSON.parse(new TextDecoder().decode(files.get('sizes.json'))) as {
    [set: string]: { own: number; shards: number }
  }
  t.is(
    Object.values(sizes).reduce((sum, { own }) => sum + own, 0),
    30,
  )
  t.is(sizes['expert-00']?.shards, 2)
  const readme = new TextDecoder().decode(files.get('README.md'))
  t.regex(readme, /^---\nconfigs:\n- config_name: expert-00\n/)
  const { distribution } = JSON.parse(new TextDecoder().decode(files.get('croissant.json'))) as {
    distribution: { sha256?: string }[]
  }
  t.true(distribution.filter(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256 ?? '')).length >= 6)
})

test('groups depend on ids and sizes alone, and a new shard changes only its own group', (t) => {
  const splits = Array.from({ length: 400 }, (_, i) => {
    const split = fakeSplit(`shard ${i}`)
    return { ...split, shard: { ...split.shard, size: 10e6 } }
  })
  const all = groupSplits(splits, 4, 16e6)
  t.is(all.length, 64)
  t.deepEqual(
    groupSplits(splits.toReversed(), 4, 16e6).map(({ index }) => index),
    all.map(({ index }) => index),
  )
  const extra = { ...fakeSplit('new'), shard: { ...fakeSplit('new').shard, size: 10e6 } }
  const changed = groupSplits([...splits, extra], 4, 16e6).filter(
    ({ index, splits: members }) =>
      members.length !== all.find((group) => group.index === index)?.splits.length,
  )
  t.is(changed.length, 1)
  t.is(groupSplits(splits, 4, 1e12).length, 1)
})

test('shards are a multiple of GPUs × workers near the wanted size, never more than samples', (t) => {
  t.is(shardCount(10e9, 1e6, { shard_bytes: 256e6, loaders: 4 }), 40)
  t.is(shardCount(10e9, 1e6, { shard_bytes: 256e6, loaders: 32 }), 32)
  t.is(shardCount(1e6, 1e6, { shard_bytes: 256e6, loaders: 32 }), 32)
  t.is(shardCount(1e6, 5, { shard_bytes: 256e6, loaders: 32 }), 5)
})

test('parquet shards hold what tar shards hold, with pictures as Hugging Face stores them', async (t) => {
  const crawl = { 'a.tar': await tarOf(await pairs(40)) }
  const tars = await written(t, crawl, 'webdataset')
  const { files, accounting } = await written(t, crawl, 'webdataset', { format: 'parquet' })
  t.deepEqual(accounting, tars.accounting)
  const inTars = new Map<string, { caption: string; image: Uint8Array; json: { [name: string]: unknown } }>()
  for (const [name, bytes] of tars.files) {
    if (!name.endsWith('.tar')) continue
    for await (const { key, members } of readWebDataset(memorySource(name, bytes))) {
      const text = (extension: string) => new TextDecoder().decode(members.get(extension)?.bytes)
      inTars.set(`${name.split('/')[0]} ${key}`, {
        caption: text('txt'),
        image: members.get('png')!.bytes,
        json: JSON.parse(text('json')) as { [name: string]: unknown },
      })
    }
  }
  let rows = 0
  for (const [name, bytes] of files) {
    if (!name.endsWith('.parquet')) continue
    const file = await openParquet(memorySource(name, bytes))
    t.deepEqual(
      file.columns.map((column) => `${column.name} ${column.type}`),
      [
        'image image',
        'caption text',
        'key text',
        'fine integer',
        'expert integer',
        'ooc flag',
        'metadata text',
      ],
    )
    t.is(file.rows, numbers(files, `${name.split('/')[0]}/sizes.json`)[name.split('/')[1] as string] ?? -1)
    for await (const batch of file.read(file.columns.map((column) => column.name))) {
      for (let i = 0; i < batch.rows; i++) {
        const value = (column: string) => batch.columns[column]?.[i] as unknown
        const same = inTars.get(`${name.split('/')[0]} ${String(value('key'))}`)
        const { bytes: image, path } = value('image') as { bytes: Uint8Array; path: string }
        t.deepEqual(new Uint8Array(image), same?.image)
        t.is(path, `${String(value('key'))}.png`)
        t.is(value('caption'), same?.caption)
        t.deepEqual(
          {
            ...(JSON.parse(String(value('metadata'))) as object),
            key: value('key'),
            fine: value('fine'),
            expert: value('expert'),
            ooc: value('ooc'),
          },
          same?.json,
        )
        rows += 1
      }
    }
  }
  t.is(rows, inTars.size)
  t.deepEqual((await written(t, crawl, 'webdataset', { format: 'parquet' })).files, files)
})
