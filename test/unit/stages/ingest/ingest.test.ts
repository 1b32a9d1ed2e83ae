import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { PipelineError } from '../../../../src/core/error.js'
import { encodeParquet } from '../../../../src/io/parquet/write.js'
import { decodeDropped } from '../../../../src/io/tables/dropped.js'
import { decodeSamples } from '../../../../src/io/tables/samples.js'
import type { InputFormat } from '../../../../src/stages/define.js'
import type { IngestOptions } from '../../../../src/stages/ingest/options.js'
import { ingest as stage } from '../../../../src/stages/ingest/spec.js'
import { picture, tarOf, twins } from '../../../fakes/crawl.js'
import { type Crawl, crawlTask, plainIngest, splitOf } from '../../../fakes/crawl-task.js'
import { temporaryFolder } from '../../../fakes/folder.js'
import { runFake } from '../../../fakes/task-context.js'

async function ingest(
  t: ExecutionContext,
  crawl: Crawl,
  format: InputFormat,
  options: Partial<IngestOptions> = {},
  rows?: readonly [number, number],
) {
  const uri = Object.keys(crawl)[0] as string
  const task = crawlTask(await temporaryFolder(t), crawl, {
    options: { ...plainIngest, ...options },
    splits: [splitOf(crawl, uri, format, rows)],
  })
  await runFake(stage, task.context)
  await task.finish('ingest')
  const { files, accounting, notes } = task
  const { rows_in, expanded, rows_out, dropped } = accounting
  t.is(
    rows_in + expanded,
    rows_out + Object.values(dropped).reduce((sum, count) => sum + count, 0),
    'the account balances',
  )
  return {
    samples: decodeSamples(files.get('samples.arrow')!),
    dropped: decodeDropped(files.get('dropped.arrow')!),
    accounting,
    notes,
  }
}

test('every kind of unusable row of a tar is dropped under its own name', async (t) => {
  const image = await picture(1)
  const invalid = Uint8Array.from([0x61, 0xff, 0xfe])
  const tar = await tarOf([
    ...[
      ['good', 'a red square'],
      ['blank', ' \n'],
      ['short', 'ab'],
      ['long', 'x'.repeat(1_000_001)],
      ['nul', 'a\0b'],
    ].flatMap(([key, text]): [string, string | Uint8Array][] => [
      [`${key}.png`, image],
      [`${key}.txt`, text as string],
    ]),
    ['bytes.png', image],
    ['bytes.txt', invalid],
    ['surrogate.png', image],
    ['surrogate.json', '{"caption": "lone \\ud800 half"}'],
    ['mute.png', image],
    ['blind.txt', 'a caption without a picture'],
    ['../escape.png', image],
    ['../escape.txt', 'goes up'],
    ['/absolute.png', image],
    ['/absolute.txt', 'goes down'],
    ['garbled.png', image],
    ['garbled.json', '{"caption": '],
  ])
  const { samples, dropped, accounting } = await ingest(t, { 'a.tar': tar }, 'webdataset', {
    min_characters: 3,
  })
  t.deepEqual(samples.caption, ['a red square'])
  t.deepEqual(samples.member, ['good.png'])
  t.deepEqual(
    tar.subarray(samples.offset[0], (samples.offset[0] as number) + (samples.size[0] as number)),
    image,
  )
  t.deepEqual(accounting.dropped, {
    caption_empty: 1,
    caption_too_short: 1,
    caption_too_long: 1,
    caption_has_nul: 1,
    caption_not_unicode: 2,
    caption_missing: 1,
    image_missing: 1,
    member_name_unsafe: 2,
    json_unreadable: 1,
  })
  t.deepEqual(
    [...dropped.row],
    Array.from({ length: 11 }, (_, i) => i + 1),
  )
})

test('of several captions the first, the longest, a seeded one or all are taken', async (t) => {
  const image = await picture(1)
  const crawl = {
    'a.tar': await tarOf([
      ['k.png', image],
      ['k.txt', 'one\nthe longest of all\n\nthree\n'],
      ['l.png', image],
      ['l.txt', 'alone'],
    ]),
  }
  const with_ = async (caption: IngestOptions['caption'], seed = 0) =>
    (await ingest(t, crawl, 'webdataset', { caption, seed })).samples
  t.deepEqual((await with_('first')).caption, ['one', 'alone'])
  t.deepEqual((await with_('first')).captions, [['one', 'the longest of all', 'three'], null])
  t.deepEqual((await with_('longest')).caption, ['the longest of all', 'alone'])
  const chosen = await Promise.all(
    Array.from({ length: 20 }, async (_, seed) => (await with_('seeded', seed)).caption[0]),
  )
  t.deepEqual([...new Set(chosen)].sort(), ['one', 'the longest of all', 'three'])
  const each = await ingest(t, crawl, 'webdataset', { caption: 'each' })
  t.deepEqual(each.samples.caption, ['one', 'the longest of all', 'three', 'alone'])
  t.is(new Set(each.samples.key).size, 4)
  t.true(each.samples.key.every((key) => /^[0-9a-z-]+$/.test(key)))
  t.deepEqual(each.accounting, { rows_in: 2, expanded: 3, rows_out: 4, dropped: { caption_empty: 1 } })
})

test('unusable captions are counted where each is a sample, and noted where one is replaced', async (t) => {
  const image = await picture(1)
  const crawl = {
    'a.tar': await tarOf([
      ['k.png', image],
      ['k.txt', 'one\n\nab\nthe longest of all'],
      ['l.png', image],
      ['l.txt', 'x\n\n y'],
      ['m.txt', 'no picture\nat all'],
    ]),
  }
  const each = await ingest(t, crawl, 'webdataset', { caption: 'each', min_characters: 3 })
  t.deepEqual(each.samples.caption, ['one', 'the longest of all'])
  t.deepEqual(each.accounting, {
    rows_in: 3,
    expanded: 6,
    rows_out: 2,
    dropped: { caption_empty: 2, caption_too_short: 3, image_missing: 2 },
  })
  const first = await ingest(t, crawl, 'webdataset', { caption: 'first', min_characters: 3 })
  t.deepEqual(first.accounting, {
    rows_in: 3,
    expanded: 0,
    rows_out: 1,
    dropped: { caption_too_short: 1, image_missing: 1 },
  })
  t.deepEqual(first.notes.captions_set_aside, { caption_empty: 1, caption_too_short: 1 })
})

test('captions come from parquet columns of every layout, with the other fields of their rows', async (t) => {
  const golden = async (name: string) => ({
    [`${name}.parquet`]: new Uint8Array(
      await readFile(join(import.meta.dirname, `../../../golden/parquet/files/${name}.parquet`)),
    ),
  })
  const plain = await ingest(t, await golden('zstd-v2'), 'parquet')
  t.is(plain.accounting.rows_in, 60)
  t.is(plain.accounting.dropped.caption_missing, 4)
  t.deepEqual(JSON.parse(plain.samples.metadata[0] as string), { score: 0, width: 0 })
  t.is(plain.samples.url[0], 'https://example.org/0.jpg')
  const struct = await ingest(t, await golden('hf-struct'), 'parquet')
  t.is(struct.samples.caption[7], plain.samples.caption[7])
  const bytes = await ingest(t, await golden('binary-captions'), 'parquet')
  t.deepEqual(bytes.samples.caption, plain.samples.caption)
  const lists = await ingest(t, await golden('caption-lists'), 'parquet', { caption: 'longest' })
  t.true((lists.accounting.dropped.caption_missing ?? 0) > 0)
  t.deepEqual(
    lists.samples.captions.find((captions) => captions !== null),
    ['c3-0', 'c3-1', 'c3-2'],
  )
  const part = await ingest(t, await golden('zstd-v2'), 'parquet', {}, [25, 50])
  t.is(part.accounting.rows_in, 25)
  t.is(part.samples.row[0], 25)
})

test('a missing column is named with the existing ones', async (t) => {
  const crawl = {
    'a.parquet': await encodeParquet({
      link: { type: 'text', values: ['u'] },
      words: { type: 'text', values: ['w'] },
    }),
  }
  const error = await t.throwsAsync<PipelineError>(ingest(t, crawl, 'parquet'))
  t.is(error.code, 'E_COLUMN')
  t.regex(String(error.found), /link \(text\), words \(text\)/)
  const { samples } = await ingest(t, crawl, 'parquet', { caption_field: 'words', url_field: 'link' })
  t.deepEqual([samples.caption, samples.url], [['w'], ['u']])
})

test('another schema is an error, nulls are counted, repeated keys make one sample', async (t) => {
  const columns = {
    caption: { type: 'text', values: ['a', null, 'c'] },
    url: { type: 'text', values: ['u', 'v', null] },
    width: { type: 'integer', values: [1, 2, null] },
    picture: { type: 'bytes', values: [null, null, null] },
  } as const
  const crawl = { 'a.parquet': await encodeParquet(columns) }
  for (const options of [{ caption_field: 'width' }, { image_field: 'caption' }, { url_field: 'picture' }]) {
    const error = await t.throwsAsync<PipelineError>(ingest(t, crawl, 'parquet', options))
    t.is(error.code, 'E_COLUMN_TYPE', JSON.stringify(options))
    t.is(error.place, 'a.parquet')
  }
  const numbers = {
    'a.parquet': await encodeParquet({
      caption: { type: 'integer', values: [1] },
      url: { type: 'text', values: ['u'] },
    }),
  }
  t.is((await t.throwsAsync<PipelineError>(ingest(t, numbers, 'parquet'))).code, 'E_COLUMN')
  const nulls = await ingest(t, crawl, 'parquet')
  t.deepEqual(nulls.samples.caption, ['a'])
  t.deepEqual(nulls.accounting.dropped, { caption_missing: 1, image_missing: 1 })
  t.deepEqual((await ingest(t, numbers, 'parquet', { on_broken_shard: 'drop' })).accounting.dropped, {
    shard_broken: 1,
  })
  const image = await picture(1)
  const twice = await ingest(
    t,
    {
      'b.tar': await tarOf([
        ['k.png', image],
        ['k.txt', 'one'],
        ['k.png', image],
        ['k.txt', 'two'],
      ]),
    },
    'webdataset',
  )
  t.deepEqual(twice.samples.caption, ['one', 'two'])
  t.is(new Set(twice.samples.key).size, 2)
})

test('near-duplicates stay on one side of the hold-out', async (t) => {
  const members: [string, Uint8Array | string][] = []
  for (let i = 0; i < 60; i++) {
    const { png, smaller } = await twins(i)
    members.push(
      [`s${i}.png`, png],
      [`s${i}.txt`, `large ${i}`],
      [`t${i}.jpg`, smaller],
      [`t${i}.txt`, `small ${i}`],
    )
  }
  const { samples } = await ingest(t, { 'a.tar': await tarOf(members) }, 'webdataset', {
    holdout: { share: 0.3, seed: 1, group_by: 'image' },
  })
  const held = samples.holdout.reduce((sum, flag) => sum + flag, 0)
  t.true(held > 12 && held < 66, `${held} of 120`)
  const parted = Array.from(
    { length: 60 },
    (_, i) => samples.holdout[2 * i] !== samples.holdout[2 * i + 1],
  ).filter(Boolean).length
  t.true(parted <= 2, `${parted} of 60 pairs parted`)
})

test('rows that img2dataset could not fetch are counted', async (t) => {
  const keys = ['00000', '00001', '00002']
  const table = await encodeParquet({
    key: { type: 'text', values: keys },
    status: { type: 'text', values: ['success', 'failed_to_download', 'failed_to_resize'] },
    error_message: { type: 'text', values: [null, 'HTTP Error 404', 'too small'] },
  })
  const tar = await tarOf([
    ['00000.jpg', await picture(1)],
    ['00000.json', '{"caption": "x", "url": "u"}'],
    ['00000.txt', 'fetched'],
  ])
  const { samples, dropped, accounting } = await ingest(
    t,
    { 'c/00000.tar': tar, 'c/00000.parquet': table },
    'img2dataset',
  )
  t.deepEqual(samples.caption, ['fetched'])
  t.deepEqual(accounting.dropped, { download_failed: 1, resize_failed: 1 })
  t.deepEqual(dropped.detail, ['HTTP Error 404', 'too small'])
})

test('out-of-cluster copies among fetched lists are dropped, since their own list has them', async (t) => {
  const table = await encodeParquet({
    key: { type: 'text', values: ['00000', '00001'] },
    status: { type: 'text', values: ['success', 'success'] },
    ooc: { type: 'flag', values: [true, false] },
  })
  const tar = await tarOf([
    ['00000.jpg', await picture(1)],
    ['00000.txt', 'a copy'],
    ['00001.jpg', await picture(2)],
    ['00001.txt', 'its own'],
  ])
  const { samples, accounting } = await ingest(
    t,
    { 'c/00000.tar': tar, 'c/00000.parquet': table },
    'img2dataset',
  )
  t.deepEqual(samples.caption, ['its own'])
  t.deepEqual(accounting.dropped, { out_of_cluster_copy: 1 })
})

test('a broken shard stops the task and is named, or is dropped whole', async (t) => {
  const image = await picture(1)
  const whole = await tarOf(
    Array.from(
      { length: 8 },
      (_, i) =>
        [
          [`k${i}.png`, image],
          [`k${i}.txt`, 'caption'],
        ] as [string, Uint8Array | string][],
    ).flat(),
  )
  const crawl = { 'cut.tar': whole.subarray(0, whole.byteLength >> 1) }
  const error = await t.throwsAsync<PipelineError>(ingest(t, crawl, 'webdataset'))
  t.is(error.code, 'E_TAR_TRUNCATED')
  t.regex(String(error.place), /cut\.tar at byte \d+, in or after k\d\./)
  const { samples, accounting, notes } = await ingest(t, crawl, 'webdataset', { on_broken_shard: 'drop' })
  t.is(samples.length, 0)
  t.is(accounting.rows_in, accounting.dropped.shard_broken as number)
  t.regex(JSON.stringify(notes.broken), /cut\.tar at byte/)
})
