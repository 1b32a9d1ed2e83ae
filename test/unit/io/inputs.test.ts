import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { sha256 } from '../../../src/core/digest.js'
import { PipelineError } from '../../../src/core/error.js'
import { expandBraces } from '../../../src/io/inputs/braces.js'
import { detectFormat, detectShard } from '../../../src/io/crawl/detect-format.js'
import { globMatcher } from '../../../src/io/inputs/glob.js'
import { identify, openIdentities } from '../../../src/io/inputs/identity.js'
import { trustedTimes } from '../../../src/io/inputs/trusted-times.js'
import { listInputs, type RequestedFormat, type InputFile } from '../../../src/io/inputs/list.js'
import { Skipped } from '../../../src/io/inputs/skipped.js'
import { foreignScheme } from '../../../src/core/foreign-schemes.js'
import { memorySource } from '../../../src/io/source.js'
import { gzipOf, joined, skippableFrame, zstdOf } from '../../fakes/compressed.js'

async function folderOf(t: ExecutionContext, ...names: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-inputs-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), name)
  }
  return folder
}

async function names(
  folder: string,
  uri: string | string[],
  format: RequestedFormat = 'auto',
): Promise<string[]> {
  return (await listInputs({ uri, format, base: folder })).map((file) => file.uri.slice(folder.length + 1))
}

async function refusal(run: Promise<unknown>): Promise<PipelineError> {
  try {
    await run
  } catch (error) {
    return PipelineError.from(error)
  }
  throw new Error('nothing was refused')
}

test('braces expand as in bash', (t) => {
  t.deepEqual(expandBraces('{008..011}.tar'), ['008.tar', '009.tar', '010.tar', '011.tar'])
  t.deepEqual(expandBraces('{8..11}'), ['8', '9', '10', '11'])
  t.deepEqual(expandBraces('{3..1}'), ['3', '2', '1'])
  t.deepEqual(expandBraces('{0..10..5}'), ['0', '5', '10'])
  t.deepEqual(expandBraces('{-01..1}'), ['-01', '000', '001'])
  t.deepEqual(expandBraces('a{b,c{1,2}}d{x,}'), ['abdx', 'abd', 'ac1dx', 'ac1d', 'ac2dx', 'ac2d'])
  t.deepEqual(expandBraces('{a..c}'), ['a', 'b', 'c'])
  t.deepEqual(expandBraces('a{b}c'), ['a{b}c'])
  t.deepEqual(expandBraces('a{b{1,2}}c'), ['a{b1}c', 'a{b2}c'])
  t.deepEqual(expandBraces('open{1,2'), ['open{1,2'])
  t.is(expandBraces('s3://crawl/{00000..39999}.tar').length, 40_000)
  t.throws(() => expandBraces('{0..99999999}'), { message: /too many/ })
  t.throws(() => expandBraces('{0..9999}{0..9999}'), { message: /too many/ })
})

test('* stays within its path segment, ** does not', (t) => {
  const cases: [string, string, boolean][] = [
    ['a/*.tar', 'a/1.tar', true],
    ['a/*.tar', 'a/b/1.tar', false],
    ['a/*.tar', 'a/.tar', false],
    ['a/**/*.tar', 'a/1.tar', true],
    ['a/**/*.tar', 'a/b/c/1.tar', true],
    ['a/**', 'a/b/c', true],
    ['a/?.tar', 'a/é.tar', true],
    ['a/?.tar', 'a/😀.tar', true],
    ['a/?.tar', 'a/12.tar', false],
    ['a[1]/x+(y).tar*', 'a[1]/x+(y).tar', true],
    ['a.tar', 'axtar', false],
    ['*/x', '.git/x', false],
  ]
  for (const [pattern, name, expected] of cases)
    t.is(globMatcher(pattern)(name), expected, `${pattern} ${name}`)
})

test('a file, a pattern, a folder and a list name inputs; order is by code unit', async (t) => {
  const folder = await folderOf(
    t,
    'b/10.tar',
    'b/2.tar',
    'B.parquet',
    'a.parquet',
    'b/_SUCCESS',
    'b/deep/3.tar',
    'b/.hidden.tar',
    'b/notes.md',
  )
  t.deepEqual(await names(folder, 'a.parquet'), ['a.parquet'])
  t.deepEqual(await names(folder, 'b/{10,2}.tar'), ['b/10.tar', 'b/2.tar'])
  t.deepEqual(await names(folder, 'b/*.tar'), ['b/10.tar', 'b/2.tar'])
  t.deepEqual(await names(folder, 'b/**/*.tar'), ['b/10.tar', 'b/2.tar', 'b/deep/3.tar'])
  t.deepEqual(await names(folder, 'b'), ['b/10.tar', 'b/2.tar', 'b/deep/3.tar'])
  t.deepEqual(await names(folder, '.'), ['B.parquet', 'a.parquet', 'b/10.tar', 'b/2.tar', 'b/deep/3.tar'])
  t.deepEqual(await names(folder, '.', 'parquet'), ['B.parquet', 'a.parquet'])
  t.deepEqual(await names(folder, 'b', 'any'), [
    'b/.hidden.tar',
    'b/10.tar',
    'b/2.tar',
    'b/_SUCCESS',
    'b/deep/3.tar',
    'b/notes.md',
  ])
  t.deepEqual(await names(folder, ['b/2.tar', 'a.parquet']), ['a.parquet', 'b/2.tar'])
  await writeFile(join(folder, 'b', 'all.txt'), `# two\r\n2.tar\n\n  ${folder}/a.parquet\n`)
  t.deepEqual(await names(folder, 'b/all.txt'), ['a.parquet', 'b/2.tar'])
  t.deepEqual(await names(folder, '@b/all.txt'), ['a.parquet', 'b/2.tar'])
  t.is((await listInputs({ uri: `file://${folder}/a.parquet` }))[0]?.size, 9)
})

test('a file whose name looks like a pattern is taken literally', async (t) => {
  const folder = await folderOf(t, 'a{1,2}.tar', 'a1.tar', 'a2.tar')
  t.deepEqual(await names(folder, 'a{1,2}.tar'), ['a{1,2}.tar'])
})

test('img2dataset output is recognised by its three files', async (t) => {
  const folder = await folderOf(
    t,
    '00000.tar',
    '00000.parquet',
    '00000_stats.json',
    '00001.tar',
    '00001.parquet',
    '00001_stats.json',
    'x.parquet',
  )
  const files = await listInputs({ uri: folder })
  t.deepEqual(
    files.map(({ uri, format }) => [uri.slice(folder.length + 1), format]),
    [
      ['00000.tar', 'img2dataset'],
      ['00001.tar', 'img2dataset'],
      ['x.parquet', 'auto'],
    ],
  )
  t.deepEqual(await names(folder, '*'), ['00000.tar', '00001.tar', 'x.parquet'])
  t.deepEqual(await names(folder, '*.parquet'), ['00000.parquet', '00001.parquet', 'x.parquet'])
  const other = await folderOf(t, 'a.tar', 'a.parquet')
  t.is((await refusal(listInputs({ uri: other }))).code, 'E_INPUT_AMBIGUOUS')
  t.deepEqual(await names(other, '.', 'webdataset'), ['a.tar'])
})

test('an input that does not exist is named with similar names', async (t) => {
  const folder = await folderOf(t, 'cc12m/00000.tar', 'cc12m/00001.tar', 'cc12m/readme.md', 'other/x.md')
  const pattern = await refusal(names(folder, 'cc12m/*.parquet'))
  t.is(pattern.code, 'E_INPUT_MISSING')
  t.is(pattern.place, 'cc12m/*.parquet')
  t.regex(pattern.hint ?? '', /00000\.tar/)
  const holes = await refusal(names(folder, 'cc12m/{00000..00099}.tar'))
  t.regex(holes.message, /98 inputs do not exist/)
  t.regex(holes.found ?? '', /00002\.tar.*…/)
  const typing = await refusal(names(folder, 'cc12/00000.tar'))
  t.regex(typing.hint ?? '', /nearby: \S+\/cc12m/)
  const empty = await refusal(names(folder, 'other'))
  t.is(empty.code, 'E_INPUT_EMPTY')
  t.regex(empty.found ?? '', /x\.md/)
  t.is((await refusal(names(folder, 'ftp://host/x'))).code, 'E_BAD_URI')
  t.is((await refusal(names(folder, 's3://'))).code, 'E_BAD_URI')
  for (const failure of [pattern, holes, empty]) t.is(failure.exitCode, 3)
})

test('a file that is named twice, or by two names, is refused', async (t) => {
  const folder = await folderOf(t, 'a.tar', 'b.tar')
  t.is((await refusal(names(folder, '{a,b,a}.tar'))).code, 'E_INPUT_DUPLICATE')
  t.is((await refusal(names(folder, ['*.tar', 'a.tar']))).code, 'E_INPUT_DUPLICATE')
  await symlink(join(folder, 'a.tar'), join(folder, 'c.tar'))
  const error = await refusal(names(folder, '*.tar'))
  t.regex(error.message, /two names refer to one file/)
})

test('folders that link to each other are walked once', async (t) => {
  const folder = await folderOf(t, 'a/x.tar')
  await symlink(folder, join(folder, 'a', 'up'))
  t.deepEqual(await names(folder, '.'), ['a/x.tar'])
  t.deepEqual(await names(folder, 'a/**/*.tar'), ['a/x.tar'])
})

test('10,000 shards are listed within seconds', async (t) => {
  const folder = await folderOf(t)
  const all = Array.from({ length: 10_000 }, (_, i) => `${String(i).padStart(5, '0')}.tar`)
  for (let at = 0; at < all.length; at += 500)
    await Promise.all(all.slice(at, at + 500).map((name) => writeFile(join(folder, name), name)))
  const started = performance.now()
  t.deepEqual(await names(folder, '{00000..09999}.tar'), all)
  t.deepEqual(await names(folder, '*.tar'), all)
  t.deepEqual(await names(folder, '.'), all)
  const seconds = (performance.now() - started) / 1000
  t.log(`three listings of 10,000: ${seconds.toFixed(2)} s`)
  t.true(seconds < 10)
})

test('identities are cached by inode, size and times, for files without recent changes', async (t) => {
  const folder = await folderOf(t, 'a.tar', 'b.tar')
  const memory = join(folder, 'cache', 'identities.txt')
  const hashed: number[] = []
  const later = { now: () => Date.now() + 60_000, monotonic: () => 0, sleep: async () => {} }
  const run = async (clock = later) => {
    const files = await listInputs({ uri: join(folder, '*.tar') })
    hashed.length = 0
    const identities = await openIdentities(memory, { clock, progress: (bytes) => hashed.push(bytes) })
    const found = await Promise.all(files.map((file) => identities.identify(file)))
    await identities.save()
    return found
  }
  const digests = [`sha256:${sha256('a.tar')}`, `sha256:${sha256('b.tar')}`]
  t.deepEqual(await run(), digests)
  t.is((await readFile(memory, 'latin1')).match(/[0-9a-f]{64}/g)?.length, 2)

  // The memory is believed: an entry with another digest shows through. A torn line is not.
  const text = await readFile(memory, 'latin1')
  await writeFile(memory, `${text.slice(0, text.length - 10)}`)
  t.deepEqual(await run(), digests)
  await appendFile(memory, 'garbage that a killed run left')
  t.deepEqual(await run(), digests)
  t.is((await readFile(memory, 'latin1')).split(sha256('b.tar')).length - 1, 1)

  // Overwritten in place with the same size and the old modification time: the change time tells.
  const [file] = await listInputs({ uri: join(folder, 'a.tar') })
  const before = new Date(2020, 1, 1)
  await utimes(join(folder, 'a.tar'), before, before)
  await run()
  await writeFile(join(folder, 'a.tar'), 'A.TAR')
  await utimes(join(folder, 'a.tar'), before, before)
  t.is((await run())[0], `sha256:${sha256('A.TAR')}`)

  // Changed within the resolution of the clock: hashed again each time.
  const fresh = join(folder, 'cache', 'fresh.txt')
  await writeFile(join(folder, 'new.tar'), 'new')
  const now = await openIdentities(fresh)
  const [young] = await listInputs({ uri: join(folder, 'new.tar') })
  t.is(await now.identify(young as InputFile), `sha256:${sha256('new')}`)
  await now.save()
  t.false(existsSync(fresh))
  await t.throwsAsync(identify({ ...(file as InputFile), version: '1:2:3' }), { message: /replaced/ })
})

test('digests are remembered only where the times of the file system can be trusted', async (t) => {
  const traits = (frozen: boolean, keeps: boolean) =>
    trustedTimes(async () => ({ frozen, keeps_change_time: keeps }))
  const times = (mtimeNs: bigint, ctimeNs: bigint) => ({ dev: 1n, mtimeNs, ctimeNs })
  const second = 1_700_000_000_000_000_000n
  const fine = second + 123_456_789n
  for (const [words, trust, at, expected] of [
    ['an ordinary file that was written once', traits(false, true), times(fine, fine), true],
    ['a file whose modification time was restored', traits(false, true), times(second, fine), true],
    ['a read-only image', traits(true, true), times(second, fine), false],
    ['whole seconds', traits(false, true), times(second, second), false],
    ['whole milliseconds', traits(false, true), times(fine, second + 5_000_000n), false],
    ['a change time that copies the other', traits(false, false), times(fine, fine), false],
    ['a change time of its own', traits(false, false), times(fine, fine + 1n), true],
  ] as const)
    t.is(await trust('/x', at), expected, words)

  // What is not trusted is neither remembered nor recalled.
  const folder = await folderOf(t, 'a.tar')
  const memory = join(folder, 'cache', 'identities.txt')
  const clock = { now: () => Date.now() + 60_000, monotonic: () => 0, sleep: async () => {} }
  const [file] = await listInputs({ uri: join(folder, 'a.tar') })
  const hashedBy = async (frozen: boolean, rehash = false) => {
    let hashed = 0
    const identities = await openIdentities(memory, {
      clock,
      rehash,
      trust: traits(frozen, true),
      progress: () => (hashed += 1),
    })
    const identity = await identities.identify(file as InputFile)
    await identities.save()
    return [identity, hashed]
  }
  const digest = `sha256:${sha256('a.tar')}`
  await hashedBy(true)
  t.false(existsSync(memory))
  await hashedBy(false)
  t.regex(await readFile(memory, 'latin1'), /[0-9a-f]{64}/)
  t.deepEqual(await hashedBy(true), [digest, 1])
  t.deepEqual(await hashedBy(false, true), [digest, 1])
  // Equal inodes and times on another device are another file.
  const other = { ...(file as InputFile), stamp: `${file?.stamp}9` }
  let hashed = 0
  const again = await openIdentities(memory, { trust: traits(false, true), progress: () => (hashed += 1) })
  t.is(await again.identify(other), digest)
  t.is(hashed, 1)
})

test('formats are recognised by their bytes', async (t) => {
  const tar = new Uint8Array(1024)
  tar.set(new TextEncoder().encode('x.txt'), 0)
  const sum = [...tar.subarray(0, 512)].reduce((a, b) => a + b, 0) + 8 * 32
  tar.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
  t.is(await detectFormat(memorySource('x', tar)), 'webdataset')
  t.is(await detectFormat(memorySource('x', new Uint8Array(1024))), 'webdataset')
  t.is(
    await detectFormat(memorySource('d/1.tar', tar), async (uri) => uri === 'd/1_stats.json'),
    'img2dataset',
  )
  t.is(await detectFormat(memorySource('x.tar', new TextEncoder().encode('PAR1....PAR1'))), 'parquet')
  for (const [bytes, found] of [
    ['', /empty/],
    ['BZh91AY', /bzip2/],
    ['<html>', /markup/],
    ['version https://git-lfs.github.com', /LFS/],
    ['zz', /bytes 7a7a/],
  ] as const) {
    const error = await refusal(
      detectFormat(
        memorySource(
          'f',
          Uint8Array.from(bytes, (char) => char.charCodeAt(0)),
        ),
      ),
    )
    t.is(error.code, 'E_FORMAT_UNKNOWN')
    t.regex(error.found ?? '', found)
  }
  const page = new TextEncoder().encode('<html>')
  for (const [compression, pack] of [
    ['gzip', gzipOf],
    ['zstd', zstdOf],
    ['zstd', (bytes: Uint8Array) => joined([skippableFrame(page), zstdOf(bytes)])],
  ] as const) {
    const detected = { format: 'webdataset', compression }
    t.deepEqual(await detectShard(memorySource('x', pack(tar))), detected)
    // What is damaged is read, so that the damage is named.
    t.deepEqual(await detectShard(memorySource('x', pack(tar).subarray(0, 25))), detected)
    t.is(
      await detectFormat(memorySource('d/1.tar.gz', pack(tar)), async (uri) => uri === 'd/1.parquet'),
      'img2dataset',
    )
    const error = await refusal(detectFormat(memorySource('f', pack(page))))
    t.is(error.code, 'E_FORMAT_UNKNOWN')
    t.is(error.found, `markup (an error page?), compressed with ${compression}`)
  }
  tar[0] = 120 + 1
  t.is((await refusal(detectFormat(memorySource('x', tar)))).code, 'E_FORMAT_UNKNOWN')
})

test('a shard that is listed and cannot be read is refused by name, all of them at once', async (t) => {
  const folder = await folderOf(t, 'a.tar', '_SUCCESS')
  await symlink('/nowhere/b.tar', join(folder, 'b.tar'))
  await symlink('c.tar', join(folder, 'c.tar'))
  await writeFile(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.tar')]), '')
  await symlink('/nowhere/readme', join(folder, 'readme.md'))
  for (const uri of [folder, '*.tar', '**/*.tar']) {
    const error = await refusal(names(folder, uri))
    t.is(error.code, 'E_INPUT_UNREADABLE')
    t.is(error.exitCode, 4)
    for (const found of [/b\.tar: a link/, /c\.tar: a link/, /caf\ufffd\.tar: its name is not UTF-8/])
      t.regex(error.found ?? '', found)
    t.notRegex(error.found ?? '', /readme/)
  }
  t.deepEqual(await names(folder, 'a.tar'), ['a.tar'])
})

test('schemes of other tools have a way to go', (t) => {
  for (const scheme of ['hf', 'gs', 'az', 'abfs', 'http', 'https', 'ftp', 'HDFS'])
    t.truthy(foreignScheme(`${scheme}://a/b`)?.hint, scheme)
  for (const uri of ['s3://a/b', 'file:///a', 'hf/a', 'a/gs://b']) t.is(foreignScheme(uri), undefined)
})

test('KEY=VALUE folders of what is written are partitions, those above the manifest are not', async (t) => {
  const folder = await folderOf(
    t,
    'x=1/c/lang=de/q=a%20b/0.tar',
    'x=1/c/lang=__HIVE_DEFAULT_PARTITION__/1.tar',
  )
  await writeFile(join(folder, 'x=1/list.txt'), 'c/lang=de/q=a%20b/0.tar\n')
  const first = { lang: 'de', q: 'a b' }
  const base = join(folder, 'x=1')
  for (const [uri, from, expected] of [
    ['c', base, first],
    ['c/lang=de', base, first],
    ['c/lang=de/q=a%20b/0.tar', base, first],
    ['c/*/**/0.tar', base, first],
    ['c/lang=de/q=a%20b/{0,0}.tar', base, undefined],
    ['@list.txt', base, first],
    ['../x=1/c', base, first],
    ['x=1/c', folder, { x: '1', ...first }],
    [join(base, 'c'), '/elsewhere', { x: '1', ...first }],
  ] as const) {
    if (!expected) {
      t.is((await refusal(listInputs({ uri, base: from }))).code, 'E_INPUT_DUPLICATE')
      continue
    }
    const files = await listInputs({ uri, base: from })
    t.deepEqual(files.find((file) => file.uri.endsWith('0.tar'))?.partitions, expected, uri)
  }
  const [none] = await listInputs({ uri: 'c', base })
  t.deepEqual(none?.partitions, { lang: null })
})

test('results of any store are no input, wherever they are named', async (t) => {
  const result = `store/write/data/${'a1'.repeat(32)}`
  const folder = await folderOf(
    t,
    `${result}/expert-0/0.tar`,
    `store/write/records/${'a1'.repeat(32)}.json`,
    'c.tar',
  )
  const mine = join(folder, 'mine')
  const list = (uri: string, skipped?: Skipped) => listInputs({ uri, base: folder, store: mine, skipped })
  for (const uri of ['store', 'store/', 'store/write', 'store/write/data', result, `${result}/expert-0`])
    t.is((await refusal(list(uri))).code, 'E_INPUT_IN_STORE', uri)
  for (const uri of [
    `${result}/expert-0/0.tar`,
    '**/*.tar',
    `${result}/expert-0/*.tar`,
    `{c,${result}/expert-0/0}.tar`,
  ])
    t.is((await refusal(list(uri))).code, 'E_INPUT_IN_STORE', uri)
  const skipped = new Skipped()
  t.deepEqual(
    (await list('./', skipped)).map(({ uri }) => uri),
    [join(folder, 'c.tar')],
  )
  t.like(
    skipped.list().find(({ reason }) => reason === 'in_store'),
    { files: 1 },
  )
  // Evaluation sets and models may be results.
  t.is((await listInputs({ uri: result, base: folder })).length, 1)
})
