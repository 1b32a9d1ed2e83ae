import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { decompressed } from '../../src/io/compressed/source.js'
import { type ByteSource, memorySource } from '../../src/io/source.js'
import { openUri } from '../../src/io/store/open.js'
import { ingest } from '../../src/stages/ingest/spec.js'
import { gzipOf, inPieces, joined, zstdOf } from '../fakes/compressed.js'
import { picture, tarOf } from '../fakes/crawl.js'
import { crawlTask, plainIngest, splitOf } from '../fakes/crawl-task.js'
import { temporaryFolder } from '../fakes/folder.js'
import { runFake } from '../fakes/task-context.js'
import { written } from '../fakes/written.js'

const runs = process.env.COTERIE_LONG ? 200 : 6
const uri = 'a.tar'

/** A pair, or what of one is missing. */
const pair = fc.record({
  size: fc.constantFrom(8, 24, 90, 200),
  caption: fc.string({ maxLength: 60 }),
  parts: fc.constantFrom('both', 'both', 'both', 'json', 'text', 'image', 'broken'),
})
type Pair = typeof pair extends fc.Arbitrary<infer T> ? T : never

async function tarOfPairs(pairs: readonly Pair[]): Promise<Uint8Array> {
  const members: [string, Uint8Array | string][] = []
  for (const [i, { size, caption, parts }] of pairs.entries()) {
    const image = await picture(i, size)
    if (parts !== 'text') members.push([`${i}.png`, parts === 'broken' ? image.subarray(0, 30) : image])
    if (parts === 'json') members.push([`${i}.json`, JSON.stringify({ caption, number: i })])
    else if (parts !== 'image') members.push([`${i}.txt`, `pair ${i} ${caption}`])
  }
  return tarOf(members)
}

/** The tar in members or frames of these sizes, opened as a task opens it; pieces come in any length. */
function packed(
  tar: Uint8Array,
  compression: 'gzip' | 'zstd',
  sizes: readonly number[],
): (name: string) => Promise<ByteSource> {
  const parts: Uint8Array[] = []
  for (let at = 0, i = 0; at < tar.byteLength; at += sizes[i++ % sizes.length] as number)
    parts.push(tar.subarray(at, at + (sizes[i % sizes.length] as number)))
  const bytes = joined(parts.map(compression === 'gzip' ? gzipOf : (part) => zstdOf(part)))
  return async (name) =>
    decompressed({ ...memorySource(name, bytes), stream: () => inPieces(bytes, sizes) }, compression)
}

type Open = (name: string) => Promise<ByteSource>

async function ingested(t: ExecutionContext, tar: Uint8Array, open: Open) {
  const crawl = { [uri]: tar }
  const options = { ...plainIngest, holdout: { share: 0.3, seed: 1, group_by: 'image' as const } }
  const splits = [splitOf(crawl, uri, 'webdataset')]
  const task = crawlTask(await temporaryFolder(t), crawl, { options, splits, open })
  await runFake(ingest, task.context)
  await task.finish('ingest')
  return { files: task.files, accounting: task.accounting, notes: task.notes }
}

async function sets(t: ExecutionContext, tar: Uint8Array, open: Open) {
  const { files, accounting, notes } = await written(t, { [uri]: tar }, 'webdataset', {}, -1, open)
  return { files, accounting, notes }
}

test('compressed tars come out as plain ones do, byte for byte', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(pair, { minLength: 6, maxLength: 14 }),
      fc.array(fc.integer({ min: 300, max: 90_000 }), { minLength: 1, maxLength: 3 }),
      async (pairs, sizes) => {
        const tar = await tarOfPairs(pairs)
        const path = join(await temporaryFolder(t), uri)
        await writeFile(path, tar)
        // A plain tar on this machine is read at offsets for the second time.
        const plain = () => openUri(path)
        const expected = [await ingested(t, tar, plain), await sets(t, tar, plain)]
        for (const compression of ['gzip', 'zstd'] as const) {
          const open = packed(tar, compression, sizes)
          t.deepEqual([await ingested(t, tar, open), await sets(t, tar, open)], expected)
        }
      },
    ),
    { numRuns: runs },
  )
})

test('nothing is read of a compressed tar at an offset', async (t) => {
  const source = await packed(new Uint8Array(2048), 'gzip', [700])('a.tgz')
  await t.throwsAsync(source.read(0, 512), { code: 'E_COMPRESSED' })
  t.throws(() => source.stream(512), { code: 'E_COMPRESSED' })
  t.is(source.local, undefined)
})
