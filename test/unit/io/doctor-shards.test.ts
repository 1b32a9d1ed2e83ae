import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { diagnoseShards } from '../../../src/io/doctor/shards.js'
import { KeySet } from '../../../src/io/doctor/key-set.js'
import { TarWriter } from '../../../src/io/tar/write.js'

const image = await sharp({ create: { width: 8, height: 6, channels: 3, background: '#a04010' } })
  .jpeg()
  .toBuffer()
const broken = image.subarray(0, image.length - 60)
const text = (value: string) => new TextEncoder().encode(value)

type Members = readonly (readonly [string, Uint8Array])[]

async function tarOf(members: Members): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  const writer = new TarWriter({ write: async (bytes) => void pieces.push(bytes.slice()) })
  for (const [name, bytes] of members) await writer.add(name, bytes)
  await writer.end()
  return Buffer.concat(pieces)
}

const pair = (key: string): Members => [
  [`${key}.jpg`, image],
  [`${key}.txt`, text(`a picture called ${key}`)],
]

async function shardsOf(t: ExecutionContext, shards: Record<string, Uint8Array | string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-shards-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const [name, bytes] of Object.entries(shards)) await writeFile(join(folder, name), bytes)
  return folder
}

const ask = (uri: string, gpus = 1, loaders = 1) => diagnoseShards({ uri, gpus, loaders, images: 'decode' })
const refused = (found: { checks: readonly { name: string; ok: boolean; found: string }[] }) =>
  Object.fromEntries(found.checks.filter(({ ok }) => !ok).map(({ name, found: seen }) => [name, seen]))

test('shards without a mistake pass', async (t) => {
  const folder = await shardsOf(t, {
    '00000.tar': await tarOf([...pair('a1'), ...pair('a2'), ['a2.json', text('{}')]]),
    '00001.tar': await tarOf(pair('b1')),
    'sizes.json': JSON.stringify({ '00000.tar': 2, '00001.tar': 1 }),
  })
  const found = await ask(folder, 1, 2)
  t.deepEqual(refused(found), {})
  t.true(found.ok)
  t.is(found.checks.find(({ name }) => name === 'shards')?.found, '2 tars with 3 samples')
})

test('members of sizes.json that name no tar are ignored', async (t) => {
  const folder = await shardsOf(t, {
    '00000.tar': await tarOf(pair('a1')),
    'sizes.json': JSON.stringify({ '00000.tar': 1, own: 1, ooc: 0, note: 'by hand' }),
  })
  t.deepEqual(refused(await ask(folder)), {})
})

test('each mistake is found, counted and shown with its key', async (t) => {
  const whole = await tarOf([...pair('c1'), ...pair('c2')])
  const folder = await shardsOf(t, {
    '0.tar': await tarOf([
      ['dotted.key.jpg', image],
      ['dotted.key.txt', text('x')],
      ['alone.jpg', image],
      ['words.txt', text('only words')],
      ['blank.jpg', image],
      ['blank.txt', text('  ')],
      ['latin.jpg', image],
      ['latin.txt', Uint8Array.of(0xe9, 0x20)],
      ['cut.jpg', broken],
      ['cut.txt', text('cut short')],
      ['pickled.jpg', image],
      ['pickled.txt', text('x')],
      ['pickled.pyd', text('x')],
      ['../up.jpg', image],
      ['../up.txt', text('x')],
    ]),
    '1.tar': await tarOf([...pair('same'), ...pair('same')]),
    '2.tar': whole.subarray(0, whole.length - 2000),
    '3.tar': await tarOf([]),
    'sizes.json': JSON.stringify({ '0.tar': 8, '1.tar': 7, '9.tar': 1 }),
  })
  const found = refused(await ask(folder, 2, 4))
  t.deepEqual(Object.keys(found).sort(), [
    'a shard for every loader',
    'captions are UTF-8 and not empty',
    'counts equal sizes.json',
    'each sample has a caption',
    'each sample has an image',
    'images decode',
    'keys are unique',
    'keys have no dots',
    'no empty shard',
    'no members that readers must not trust',
    'tars are whole',
  ])
  t.regex(found['keys have no dots'] ?? '', /1 fail: .*dotted\.key/)
  t.regex(found['captions are UTF-8 and not empty'] ?? '', /2 fail: .*blank.*latin/)
  t.regex(found['images decode'] ?? '', /1 fail: .*cut \(image_undecodable\)/)
  t.regex(found['keys are unique'] ?? '', /1 appear twice: same/)
  t.regex(found['tars are whole'] ?? '', /2\.tar.*E_TAR_TRUNCATED/)
  t.regex(found['counts equal sizes.json'] ?? '', /1\.tar has 2 samples; sizes\.json says 7/)
  t.regex(found['a shard for every loader'] ?? '', /4 shards for 2 GPUs × 4 loaders/)
})

test('a key in two shards is found, and equal hashes alone are not enough', async (t) => {
  const folder = await shardsOf(t, { 'a.tar': await tarOf(pair('k')), 'b.tar': await tarOf(pair('k')) })
  t.regex(refused(await ask(folder))['keys are unique'] ?? '', /1 appear twice: k/)
  const keys = new KeySet()
  for (let i = 0; i < 20_000; i++) keys.add(`key ${i}`)
  t.deepEqual(await keys.repeated(async function* () {}), [])
})
