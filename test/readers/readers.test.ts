import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import sharp from 'sharp'
import { programOf } from '../../scripts/readers/cache.js'
import { encodeParquet } from '../../src/io/parquet/write.js'
import { memorySource } from '../../src/io/source.js'
import { readWebDataset } from '../../src/io/tar/webdataset.js'
import { picture, tarOf } from '../fakes/crawl.js'
import { requirements, testWith } from '../requires.js'
import { catalogueOf, layOut, type Written, written } from '../fakes/written.js'

/**
 * Hugging Face `datasets`, `webdataset` and `mlcroissant` read what `write` leaves, and find every sample.
 */

const python = programOf('readers', 'python') as string
const test = testWith([requirements.readers])

interface Found {
  readonly datasets: {
    readonly [config: string]: {
      split: string
      rows: number
      captions: string[]
      keys: string[]
      images: string[]
      decoded: number
    }
  }
  readonly webdataset: { readonly [config: string]: number }
  readonly croissant: { readonly errors: string[]; readonly records: { readonly [set: string]: string[] } }
}

async function read(folder: string): Promise<Found> {
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'read.py'), folder], {
    maxBuffer: 64 << 20,
    timeout: 110_000,
  })
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as Found
}

const cases = (title: string, run: (t: ExecutionContext) => Promise<void>) =>
  test(title, async (t) => {
    t.timeout(120_000)
    await run(t)
  })

/** Pictures of three kinds: a set of one kind alone is the exception in a crawl. */
async function mixedTar(count: number): Promise<Uint8Array> {
  const members: [string, Uint8Array | string][] = []
  for (let i = 0; i < count; i++) {
    const png = await picture(i)
    const image =
      i < 20 ? await sharp(png).jpeg().toBuffer() : i % 3 === 0 ? await sharp(png).webp().toBuffer() : png
    members.push(
      [`k${i}.${i < 20 ? 'jpg' : i % 3 === 0 ? 'webp' : 'png'}`, new Uint8Array(image)],
      [`k${i}.txt`, `Grüße ${i} 日本 🙂`],
    )
    members.push([`k${i}.json`, i % 2 ? `{"licence": "by", "tags": ["a", "b"]}` : `{"views": ${i}}`])
  }
  return tarOf(members)
}

async function captionsOf(files: Written['files']): Promise<{ [set: string]: string[] }> {
  const sets: { [set: string]: string[] } = {}
  for (const [name, bytes] of files) {
    if (!name.endsWith('.tar')) continue
    const set = (sets[name.split('/')[0] as string] ??= [])
    for await (const { members } of readWebDataset(memorySource(name, bytes)))
      set.push(new TextDecoder().decode(members.get('txt')?.bytes))
  }
  for (const set of Object.values(sets)) set.sort(byCodePoint)
  return sets
}

const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const counts = (sets: { [set: string]: readonly unknown[] }) =>
  Object.fromEntries(Object.entries(sets).map(([name, captions]) => [name, captions.length]))

cases('tars of mixed pictures: each reader finds the samples of each set', async (t) => {
  const group = await written(t, { 'a.tar': await mixedTar(90) }, 'webdataset')
  const expected = await captionsOf(group.files)
  t.deepEqual(Object.keys(expected).sort(), ['expert-00', 'expert-01', 'expert-02', 'holdout'])
  const found = await read(await layOut(t, group, await catalogueOf(t, [group.artefact])))
  t.deepEqual(found.webdataset, counts(expected))
  for (const [set, captions] of Object.entries(expected)) {
    const loaded = found.datasets[set]
    t.deepEqual(loaded?.captions, captions, `datasets, ${set}`)
    t.is(loaded?.decoded, captions.length, 'every picture is a picture')
    t.is(loaded?.split, set === 'holdout' ? 'test' : 'train')
    t.true(loaded?.keys.every((key) => /^[0-9a-f]{10}\d{8}$/.test(key)))
  }
  t.deepEqual(found.datasets['expert-00']?.images, ['JPEG', 'PNG', 'WEBP'])
  t.deepEqual(found.croissant, { errors: [], records: expected })
})

cases('parquet: datasets finds pictures, mlcroissant the captions', async (t) => {
  const crawl = { 'a.tar': await mixedTar(60) }
  const expected = await captionsOf((await written(t, crawl, 'webdataset')).files)
  const group = await written(t, crawl, 'webdataset', { format: 'parquet' })
  const found = await read(
    await layOut(t, group, await catalogueOf(t, [group.artefact], { format: 'parquet' })),
  )
  t.deepEqual(found.webdataset, {})
  for (const [set, captions] of Object.entries(expected)) {
    t.deepEqual(found.datasets[set]?.captions, captions, `datasets, ${set}`)
    t.is(found.datasets[set]?.decoded, captions.length)
  }
  t.deepEqual(found.croissant, { errors: [], records: expected })
})

cases('datasets reads lists of URLs', async (t) => {
  const values = Array.from({ length: 60 }, (_, i) => i)
  const crawl = {
    'a.parquet': await encodeParquet({
      url: { type: 'text', values: values.map((i) => `https://example.org/${i}`) },
      caption: { type: 'text', values: values.map((i) => `text ${i}`) },
    }),
  }
  const group = await written(t, crawl, 'parquet', { ooc_ratio: 0 })
  const found = await read(await layOut(t, group, await catalogueOf(t, [group.artefact])))
  const captions = Object.values(found.datasets).flatMap((set) => set.captions)
  t.deepEqual(captions.sort(), values.map((i) => `text ${i}`).sort())
  t.deepEqual(found.croissant.errors, [])
})
