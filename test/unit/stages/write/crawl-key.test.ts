import test, { type ExecutionContext } from 'ava'
import { encodeParquet, type WrittenColumns } from '../../../../src/io/parquet/write.js'
import { openParquet } from '../../../../src/io/parquet/read.js'
import { memorySource } from '../../../../src/io/source.js'
import { readWebDataset } from '../../../../src/io/tar/webdataset.js'
import type { InputFormat } from '../../../../src/stages/define.js'
import type { IngestOptions } from '../../../../src/stages/ingest/options.js'
import { picture, tarOf } from '../../../fakes/crawl.js'
import { endOfTar, padded, rawHeader } from '../../../fakes/tar-dialects.js'
import { written } from '../../../fakes/written.js'

type Json = { readonly [field: string]: unknown }

/** The JSON of every sample, by its caption. */
async function samplesOf(
  t: ExecutionContext,
  crawl: { readonly [uri: string]: Uint8Array },
  format: InputFormat,
  named: Partial<IngestOptions> = {},
): Promise<{ readonly [caption: string]: Json }> {
  const changes = { ooc_ratio: 0, images: 'none' } as const
  const { files } = await written(t, crawl, format, changes, -1, undefined, { named })
  const found: { [caption: string]: Json } = {}
  for (const [name, bytes] of files) {
    if (!name.endsWith('.tar')) continue
    for await (const { members } of readWebDataset(memorySource(name, bytes)))
      found[Buffer.from(members.get('txt')!.bytes).toString()] = JSON.parse(
        Buffer.from(members.get('json')!.bytes).toString(),
      ) as Json
  }
  return found
}

const keysOf = (samples: { readonly [caption: string]: Json }) =>
  Object.fromEntries(Object.entries(samples).map(([caption, { crawl_key }]) => [caption, crawl_key]))

const texts = (...values: (string | null)[]) => ({ type: 'text', values }) as const
const table = async (columns: WrittenColumns) => ({ 'a.parquet': await encodeParquet(columns) })
const images = async (...paths: string[]) =>
  ({
    type: 'image',
    values: await Promise.all(paths.map(async (path, i) => ({ bytes: await picture(i), path }))),
  }) as const

test('a sample of a tar has the path of its members up to the first dot', async (t) => {
  const name = Buffer.from('d/\xe9.txt', 'latin1')
  const crawl = {
    'a.tar': Buffer.concat([
      (
        await tarOf([
          ['./a.b/0001.x.jpg', 'image'],
          ['./a.b/0001.jpg', 'image'],
          ['./a.b/0001.txt', 'one'],
          ['0002.jpg', 'image'],
          ['0002.txt', 'two'],
        ])
      ).subarray(0, -1024),
      rawHeader({ name, size: 5 }),
      padded('three'),
      rawHeader({ name: Buffer.from('d/\xe9.jpg', 'latin1'), size: 5 }),
      padded('image'),
      endOfTar,
    ]),
  }
  t.deepEqual(keysOf(await samplesOf(t, crawl, 'webdataset')), {
    one: './a.b/0001',
    two: '0002',
    three: 'd/\\xe9',
  })
})

test('a row of a table has its key, or else the path of its image, or else its number', async (t) => {
  const caption = texts('one', 'two')
  const image = await images('pictures/1.png', '')
  const cases: [WrittenColumns, { one: string; two: string }][] = [
    [
      { caption, image, key: texts('k1', 'k2') },
      { one: 'k1', two: 'k2' },
    ],
    [
      { caption, image, __key__: texts('n1', null), key: texts('k1', 'k2') },
      { one: 'n1', two: 'k2' },
    ],
    [
      { caption, image, KEY: { type: 'integer', values: [7, 8] } },
      { one: '7', two: '8' },
    ],
    [
      { caption, image },
      { one: 'pictures/1.png', two: '#1' },
    ],
  ]
  for (const [columns, expected] of cases)
    // Whether `ingest` kept the column or not: finished stores may not have it.
    for (const metadata of [['*'], []])
      t.deepEqual(keysOf(await samplesOf(t, await table(columns), 'parquet', { metadata })), expected)
})

test('fields of the crawl with a name of ours keep their values under a name of their own', async (t) => {
  const json = { key: 'other', crawl_key: 'earlier', crawl_url: 'u', url: 3, fine: 'x', plain: 1 }
  const crawl = {
    'a.tar': await tarOf([
      ['1.jpg', 'image'],
      ['1.txt', 'one'],
      ['1.json', JSON.stringify(json)],
      ['2.jpg', 'image'],
      ['2.txt', 'two'],
      ['2.json', '{"key": "2"}'],
    ]),
  }
  const { one, two } = await samplesOf(t, crawl, 'webdataset')
  t.like(one, {
    crawl_key: '1',
    crawl_crawl_key: 'earlier',
    crawl_crawl_crawl_key: 'other',
    crawl_url: 'u',
    crawl_crawl_url: 3,
    crawl_fine: 'x',
    plain: 1,
  })
  t.is(two?.crawl_key, '2')
  t.false(Object.keys(two ?? {}).includes('crawl_crawl_key'))
})

test('lists of URLs have the key among the fields of the row, or else its number', async (t) => {
  const url = texts('https://example.org/1', 'https://example.org/2')
  for (const [more, expected] of [
    [{ key: texts('k1', null) }, ['#1', 'k1']],
    [{}, ['#0', '#1']],
  ] as const) {
    const crawl = await table({ caption: texts('one', 'two'), url, ...more })
    const { files } = await written(t, crawl, 'parquet', { ooc_ratio: 0 })
    const keys: string[] = []
    for (const [name, bytes] of files)
      if (name.endsWith('.parquet'))
        for await (const { columns, rows } of (await openParquet(memorySource(name, bytes))).read([
          'crawl_key',
        ]))
          for (let i = 0; i < rows; i++) keys.push(String(columns.crawl_key?.[i]))
    t.deepEqual(keys.sort(), expected)
  }
})
