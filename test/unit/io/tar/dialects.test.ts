import test, { type ExecutionContext } from 'ava'
import type { PipelineError } from '../../../../src/core/error.js'
import { memorySource } from '../../../../src/io/source.js'
import { bytesOfName, nameForPeople, nameForTables, nameOf } from '../../../../src/io/tar/name.js'
import { readTar } from '../../../../src/io/tar/read.js'
import { readWebDataset } from '../../../../src/io/tar/webdataset.js'
import * as raw from '../../../fakes/tar-dialects.js'

async function read(...parts: readonly Uint8Array[]) {
  const remarks: string[] = []
  const members: [name: string, text: string | null][] = []
  const source = memorySource('shard.tar', Buffer.concat(parts))
  for await (const { name, bytes } of readTar(source, { remark: (remark) => remarks.push(remark) }))
    members.push([name, bytes && Buffer.from(bytes).toString()])
  return { members, remarks }
}

async function refused(t: ExecutionContext, ...parts: readonly Uint8Array[]): Promise<PipelineError> {
  return await t.throwsAsync<PipelineError>(read(...parts))
}

const { endOfTar: end, longName, padded, paxHeader, paxRecord, rawHeader, rawMember } = raw

test('names are read as bytes: those of other encodings stay different, and equal ones equal', async (t) => {
  const names = [
    '\xec\xe8\xf0',
    '\xeb\xe5\xf1',
    '\xc3\xa9',
    '\xc3',
    '\xef\xbf\xbd',
    '\xef\xbb\xbfa',
    '\xed\xa0\x80',
  ]
  const bytes = names.map((name) => Buffer.from(name, 'latin1'))
  const decoded = bytes.map(nameOf)
  t.is(new Set(decoded).size, names.length)
  t.deepEqual(
    decoded.map((name) => Buffer.from(bytesOfName(name))),
    bytes,
  )
  t.is(decoded[2], 'é')
  t.is(decoded[4], '\uFFFD')
  t.is(nameForPeople(decoded[0] as string), '\\xec\\xe8\\xf0')
  t.is(nameForTables(decoded[0] as string), '\uFFFD\uFFFD\uFFFD')
  t.is(nameForTables(decoded[5] as string), 'a')
  const tar = bytes.flatMap((name) => [
    rawMember(Buffer.concat([name, Buffer.from('.jpg')]), 'image'),
    rawMember(Buffer.concat([name, Buffer.from('.txt')]), 'text'),
  ])
  const keys: string[] = []
  for await (const { key, members } of readWebDataset(memorySource('t', Buffer.concat([...tar, end])))) {
    keys.push(key)
    t.deepEqual([...members.keys()], ['jpg', 'txt'])
  }
  t.deepEqual(keys, decoded)
})

test('headers of v7, ustar and GNU tar: prefixes, base-256 sizes, signed checksums', async (t) => {
  const name = Buffer.from('\xe9.txt', 'latin1')
  const { members, remarks } = await read(
    rawMember('v7.txt', 'a', { magic: 'v7', type: '\0' }),
    rawMember('b.txt', 'b', { prefix: 'deep/folder' }),
    rawMember('c.txt', 'c', { magic: 'gnu', prefix: 'no prefix' }),
    rawMember('d.txt', 'dd', { numbers: 'base256' }),
    rawMember(name, 'e', { checksum: 'signed' }),
    rawMember('f.txt', 'f', { type: '7' }),
    end,
  )
  t.deepEqual(
    members.map(([, text]) => text),
    ['a', 'b', 'c', 'dd', 'e', 'f'],
  )
  t.deepEqual(
    members.slice(0, 5).map(([name]) => name),
    ['v7.txt', 'deep/folder/b.txt', 'c.txt', 'd.txt', '\udce9.txt'],
  )
  t.deepEqual(remarks, [])
  const negative = (block: Buffer) => block.fill(0xff, 124, 136)
  t.is((await refused(t, rawHeader({ name: 'x', change: negative }))).code, 'E_TAR_CORRUPT')
})

test('pax records are taken by their lengths, whatever is in them', async (t) => {
  const attribute = paxRecord(
    'LIBARCHIVE.xattr.com.apple.ResourceFork',
    'x\n20 path=wrong.txt\n'.repeat(60_000),
  )
  const { members } = await read(
    paxHeader([paxRecord('comment', '19 path=wrong.txt\n')], 'g'),
    paxHeader([attribute, paxRecord('path', 'line\nbreak.txt')]),
    rawMember('x', 'a'),
    paxHeader([paxRecord('path', 'sun.txt')], 'X'),
    rawMember('x', 'b'),
    paxHeader([paxRecord('size', '3'), paxRecord('path', Buffer.from([0xe9, 0x2e, 0x74]))]),
    rawHeader({ name: 'x', size: 0 }),
    padded('abc'),
    // The length counts characters rather than bytes, as some writers have it.
    paxHeader([Buffer.from('14 path=日本.txt\n'), paxRecord('mtime', '1.5')]),
    rawMember('x', 'd'),
    end,
  )
  t.deepEqual(members, [
    ['line\nbreak.txt', 'a'],
    ['sun.txt', 'b'],
    ['\udce9.t', 'abc'],
    ['日本.txt', 'd'],
  ])
})

test('long names and targets come in any order', async (t) => {
  const long = `${'n'.repeat(120)}.txt`
  const { members } = await read(
    longName(long),
    longName('t'.repeat(120), 'K'),
    rawMember('n', 'a'),
    longName('t'.repeat(120), 'K'),
    longName(long),
    rawMember('n', 'b'),
    rawMember('c.txt', 'c'),
    end,
  )
  t.deepEqual(members, [
    [long, 'a'],
    [long, 'b'],
    ['c.txt', 'c'],
  ])
})

test('links are counted, with or without data; folders with a size have none', async (t) => {
  const { members, remarks } = await read(
    rawMember('a.jpg', 'image'),
    rawHeader({ name: 'b.jpg', type: '1', size: 5 }),
    rawHeader({ name: 'folder/', type: '5', size: 4096 }),
    rawHeader({ name: 'c.jpg', type: '1', size: 5 }),
    padded('image'),
    rawHeader({ name: 'd.jpg', type: '2', size: 9 }),
    rawHeader({ name: 'fifo', type: '6' }),
    rawMember('e.jpg', 'image'),
    end,
  )
  t.deepEqual(members, [
    ['a.jpg', 'image'],
    ['b.jpg', null],
    ['c.jpg', null],
    ['d.jpg', null],
    ['e.jpg', 'image'],
  ])
  t.deepEqual(remarks, ['tar_links', 'tar_links', 'tar_links', 'tar_special_members'])
})

test('links belong to the sample whose key they have, and are none of their own', async (t) => {
  const samples: unknown[] = []
  const tar = Buffer.concat([
    rawMember('a.jpg', '1'),
    rawMember('a.txt', '2'),
    rawHeader({ name: 'b.jpg', type: '1' }),
    rawMember('b.txt', '3'),
    rawHeader({ name: 'c.jpg', type: '2' }),
    rawHeader({ name: 'c.txt', type: '2' }),
    rawMember('d.txt', '4'),
    rawHeader({ name: 'd.jpg', type: '2' }),
    end,
  ])
  for await (const { key, index, members, links } of readWebDataset(memorySource('t', tar)))
    samples.push([key, index, [...members.keys()], [...(links?.keys() ?? [])]])
  t.deepEqual(samples, [
    ['a', 0, ['jpg', 'txt'], []],
    ['b', 1, ['txt'], ['jpg']],
    ['d', 2, ['txt'], ['jpg']],
  ])
})

test('a missing end and bytes after it are remarks; members after zeros and bytes are damage', async (t) => {
  const [a, b] = [rawMember('a.txt', 'a'), rawMember('b.txt', 'b')]
  const junk = Buffer.alloc(1300, 'junk')
  t.deepEqual((await read(a, b)).remarks, ['tar_without_end'])
  t.deepEqual((await read(a, b, end)).remarks, [])
  t.deepEqual((await read(a, b, end.subarray(0, 512))).remarks, [])
  t.deepEqual((await read(a, b, end, Buffer.alloc(9000))).remarks, [])
  t.deepEqual(await read(a, b, end, junk), { ...(await read(a, b)), remarks: ['tar_bytes_after_end'] })
  t.is((await read(a, end, b, end)).members.length, 2, 'joined archives')
  t.is((await refused(t, a, end, junk.subarray(0, 1024), b, end)).code, 'E_TAR_CORRUPT')
  t.is((await refused(t, a, junk.subarray(0, 1024), end)).code, 'E_TAR_CORRUPT')
  t.is((await refused(t, a, b.subarray(0, 200))).code, 'E_TAR_TRUNCATED')
  t.is((await refused(t, new Uint8Array(0))).code, 'E_TAR_TRUNCATED')
})

test('a volume of several is refused by name', async (t) => {
  const error = await refused(t, rawMember('a.txt', 'rest', { type: 'M', magic: 'gnu' }), end)
  t.is(error.code, 'E_TAR_CORRUPT')
  t.regex(error.message, /one volume of a tar in several volumes/)
  const records = [paxRecord('GNU.volume.filename', 'a.txt'), paxRecord('GNU.volume.offset', '1024')]
  t.regex((await refused(t, paxHeader(records, 'g'), rawMember('a.txt', 'rest'))).message, /several volumes/)
  const label = rawHeader({ name: 'a label', type: 'V', magic: 'gnu' })
  t.deepEqual((await read(label, rawMember('a.txt', 'a'), end)).members, [['a.txt', 'a']])
})

const whole = `${'\0'.repeat(1000)}abc${'\0'.repeat(500)}de${'\0'.repeat(95)}`

test('files with holes are read: pax 0.0, 0.1 and 1.0', async (t) => {
  const data = { name: 'GNUSparseFile.0/x', size: 5 }
  const numbers = ['1000', '3', '1503', '2', '1600', '0']
  const records = numbers.map((number, i) => paxRecord(`GNU.sparse.${i % 2 ? 'numbytes' : 'offset'}`, number))
  const named = [paxRecord('GNU.sparse.name', 'x.txt'), paxRecord('GNU.sparse.realsize', '1600')]
  const map = padded(`3\n${numbers.join('\n')}\n`)
  const { members } = await read(
    paxHeader([paxRecord('GNU.sparse.size', '1600'), paxRecord('GNU.sparse.numblocks', '3'), ...records]),
    rawMember('x.txt', 'abcde'),
    paxHeader([...named, paxRecord('GNU.sparse.map', numbers.join(','))]),
    rawMember(data.name, 'abcde'),
    paxHeader([...named, paxRecord('GNU.sparse.major', '1'), paxRecord('GNU.sparse.minor', '0')]),
    rawHeader({ name: data.name, size: map.length + 5 }),
    map,
    padded('abcde'),
    rawMember('y.txt', 'plain'),
    end,
  )
  t.deepEqual(members, [
    ['x.txt', whole],
    ['x.txt', whole],
    ['x.txt', whole],
    ['y.txt', 'plain'],
  ])
})

const octal = (block: Buffer, at: number, value: number) =>
  block.write(value.toString(8).padStart(11, '0'), at)

test('files with holes are read as GNU tar wrote them before pax, with maps of several blocks', async (t) => {
  const data = 'abcdefghijklmnopqrstuvwxyzABCDEFGH'
  // Every byte of the data is one piece, at every second place.
  const header = rawHeader({
    name: 'x.txt',
    size: data.length,
    type: 'S',
    magic: 'gnu',
    change(block) {
      for (let i = 0; i < 4; i++) {
        octal(block, 386 + i * 24, 2 * i)
        octal(block, 398 + i * 24, 1)
      }
      block[482] = 1
      octal(block, 483, 2 * data.length)
    },
  })
  const extensions = [0, 1].map((block) => {
    const bytes = Buffer.alloc(512)
    for (let i = 0; i < 21 && 4 + block * 21 + i < data.length; i++) {
      octal(bytes, i * 24, 2 * (4 + block * 21 + i))
      octal(bytes, i * 24 + 12, 1)
    }
    bytes[504] = block === 0 ? 1 : 0
    return bytes
  })
  const { members } = await read(header, ...extensions, padded(data), rawMember('y.txt', 'plain'), end)
  t.deepEqual(members, [
    ['x.txt', [...data].join('\0') + '\0'],
    ['y.txt', 'plain'],
  ])
})

test('a map of holes that does not fit its data is damage', async (t) => {
  const maps = ['0,9', '0,2', '1599,5', 'a,5', '5', '-1,5', '0,5,0']
  for (const map of maps) {
    const records = [paxRecord('GNU.sparse.size', '1600'), paxRecord('GNU.sparse.map', map)]
    const error = await refused(t, paxHeader(records), rawMember('x.txt', 'abcde'), end)
    t.is(error.code, 'E_TAR_CORRUPT', map)
  }
  for (const text of ['x\n', '9999999\n0\n', '1\n0\n', '']) {
    const data = padded(text)
    const records = [paxRecord('GNU.sparse.realsize', '1600'), paxRecord('GNU.sparse.major', '1')]
    const error = await refused(t, paxHeader(records), rawHeader({ name: 'x', size: data.length }), data, end)
    t.is(error.code, 'E_TAR_CORRUPT', text)
  }
})

test('a large file of holes is not read, and no member after it is lost', async (t) => {
  const records = [paxRecord('GNU.sparse.size', String(200 << 20)), paxRecord('GNU.sparse.map', '0,5')]
  const { members } = await read(
    paxHeader(records),
    rawMember('x.jpg', 'abcde'),
    rawMember('y.txt', 'y'),
    end,
  )
  t.deepEqual(members, [
    ['x.jpg', null],
    ['y.txt', 'y'],
  ])
})
