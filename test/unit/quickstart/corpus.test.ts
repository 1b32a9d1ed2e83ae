import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import sharp from 'sharp'
import { extract } from 'tar-stream'
import * as pictures from '../../../packages/coterie-quickstart/src/index.js'
import { rowKey, unitOfRow } from '../../../src/core/random.js'
import { makeCorpus } from '../../../src/quickstart/corpus.js'
import { type PicturePackage, sourceNames } from '../../../src/quickstart/pair.js'
import { emojiPairs } from '../../../packages/coterie-quickstart/src/sources/emoji.js'
import { flagPairs } from '../../../packages/coterie-quickstart/src/sources/flags.js'
import { iconPairs } from '../../../packages/coterie-quickstart/src/sources/icons.js'
import { logoPairs } from '../../../packages/coterie-quickstart/src/sources/logos.js'

const draw = (purpose: string, name: string) => unitOfRow(rowKey('quickstart', purpose, name), 0)

async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-quickstart-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('every source yields pairs with captions, a group and a unique name', (t) => {
  const sources = {
    emoji: emojiPairs(draw),
    flags: flagPairs(draw),
    icons: iconPairs(draw),
    logos: logoPairs(draw),
  }
  const all = Object.values(sources).flat()
  t.true(all.length >= 3000, `${all.length} pairs`)
  t.is(new Set(all.map(({ id }) => id)).size, all.length)
  for (const [source, pairs] of Object.entries(sources)) {
    t.true(pairs.length >= 400, `${pairs.length} ${source}`)
    t.true(
      pairs.every(
        (pair) => pair.source === source && pair.caption.length >= 3 && pair.group.startsWith(`${source}/`),
      ),
      source,
    )
    t.true(
      new Set(pairs.map(({ caption }) => caption)).size > 0.9 * pairs.length,
      `${source}: captions repeat`,
    )
  }
})

test('the package has the shape that Coterie expects, and the same sources', (t) => {
  const expected: PicturePackage = pictures
  t.deepEqual(
    expected.pairsBySource(draw).map((pairs) => pairs[0]?.source),
    [...sourceNames],
  )
  t.deepEqual(pictures.sourceNames, sourceNames)
})

test('near-twins share a group: skin tones, both flags of a country, an icon and its outline', (t) => {
  const groupOf = (pairs: readonly { id: string; group: string }[], id: string) =>
    pairs.find((pair) => pair.id === id)?.group
  const tones = emojiPairs(draw).filter(({ group }) => group === 'emoji/1f44b')
  t.true(tones.length >= 2)
  t.true(
    tones.some(({ caption }) => caption.includes('skin tone')) &&
      tones.some(({ caption }) => !caption.includes('skin tone')),
  )
  t.is(groupOf(flagPairs(draw), 'flags/round/ke'), groupOf(flagPairs(draw), 'flags/rectangular/ke'))
  const icons = new Map<string, string[]>()
  for (const { group, id } of iconPairs(draw)) icons.set(group, [...(icons.get(group) ?? []), id])
  t.true([...icons.values()].some((ids) => ids.length > 1 && ids.some((id) => id.endsWith('-outline'))))
})

test("captions are made of the packages' own words", (t) => {
  t.is(
    emojiPairs(draw)
      .find(({ id }) => id === 'emoji/cat-face')
      ?.caption.split(', ')[0],
    'cat face',
  )
  t.regex(flagPairs(draw).find(({ id }) => id === 'flags/round/ke')!.caption, /Kenya/)
  t.is(flagPairs(draw).find(({ id }) => id === 'flags/round/ke')!.label, 'Africa')
  t.true(iconPairs(draw).every(({ label }) => label !== null))
})

test('the crawl has parquet in two layouts and tars, readable pictures and five spoilt rows', async (t) => {
  const folder = await temporaryFolder(t)
  const corpus = await makeCorpus(folder, { pairs: 180 })
  t.true(corpus.made)
  t.deepEqual(
    (await readdir(folder)).sort(),
    [
      'corpus.json',
      ...[0, 1, 2].flatMap((n) => [`flat-0000${n}.parquet`, `hub-0000${n}.parquet`, `web-0000${n}.tar`]),
    ].sort(),
  )
  const rows: { caption: string; bytes: Uint8Array; source: string }[] = []
  for (const { name } of corpus.shards) {
    const file = await readFile(join(folder, name))
    rows.push(...(name.endsWith('.tar') ? await tarRows(file) : await parquetRows(t, name, file)))
  }
  t.is(rows.length, corpus.pairs)
  t.deepEqual([...new Set(rows.map(({ source }) => source))].sort(), ['emoji', 'flags', 'icons', 'logos'])
  t.is(rows.filter(({ caption }) => caption.trim() === '').length, 2)
  const readable = await Promise.all(
    rows.map(({ bytes }) =>
      sharp(bytes)
        .raw()
        .toBuffer({ resolveWithObject: true })
        .then(
          ({ info }) => info.width === 64 && info.height === 64,
          () => false,
        ),
    ),
  )
  t.is(readable.filter((good) => !good).length, 3)
})

test('an intact corpus is kept, a damaged one is made again with the same bytes', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await makeCorpus(folder, { pairs: 40 })
  t.false((await makeCorpus(folder, { pairs: 40 })).made)
  await truncate(join(folder, 'web-00000.tar'), 100)
  const repaired = await makeCorpus(folder, { pairs: 40 })
  t.true(repaired.made)
  t.deepEqual(repaired.shards, first.shards)
  await writeFile(join(folder, 'corpus.json'), '{')
  t.true((await makeCorpus(folder, { pairs: 40 })).made)
  t.true((await makeCorpus(folder, { pairs: 60 })).made)
})

async function parquetRows(t: ExecutionContext, name: string, file: Buffer) {
  const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer
  const codec = parquetMetadata(buffer).row_groups[0]!.columns[0]!.meta_data!.codec
  t.is(codec, name.startsWith('flat') ? 'SNAPPY' : 'ZSTD')
  const rows = (await parquetReadObjects({ file: buffer, compressors, utf8: false })) as {
    [column: string]: any
  }[]
  return rows.map((row) => ({
    caption: (row['caption'] ?? row['text']) as string,
    bytes: (row['image'].bytes ?? row['image']) as Uint8Array,
    source: row['source'] as string,
  }))
}

async function tarRows(file: Buffer) {
  const samples = new Map<string, { [extension: string]: Buffer }>()
  const reader = extract()
  reader.end(file)
  for await (const entry of reader) {
    const [key, extension] = entry.header.name.split('.') as [string, string]
    const pieces: Buffer[] = []
    for await (const piece of entry) pieces.push(piece as Buffer)
    samples.set(key, { ...samples.get(key), [extension]: Buffer.concat(pieces) })
  }
  return [...samples.values()].map(({ png, txt, json }) => ({
    caption: txt!.toString(),
    bytes: png!,
    source: JSON.parse(json!.toString()).source as string,
  }))
}
