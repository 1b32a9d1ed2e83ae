import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import type { PipelineError } from '../../../src/core/error.js'
import { inspect, inspectSource } from '../../../src/io/inspect/inspect.js'
import { encodeNpy } from '../../../src/io/npy.js'
import { encodeParquet } from '../../../src/io/parquet/write.js'
import { memorySource } from '../../../src/io/source.js'
import { encodeDropped } from '../../../src/io/tables/dropped.js'
import { gzipOf, zstdOf } from '../../fakes/compressed.js'
import { picture, tarOf } from '../../fakes/crawl.js'
import { temporaryFolder } from '../../fakes/folder.js'

const look = (bytes: Uint8Array | string, limit = 2) =>
  inspectSource(memorySource('any-name', typeof bytes === 'string' ? Buffer.from(bytes) : bytes), limit)

test('a file is recognised by its bytes, whatever its name', async (t) => {
  const parquet = await look(
    await encodeParquet({
      caption: { type: 'text', values: ['a', null, 'c'] },
      image: { type: 'bytes', values: [new Uint8Array(5), null, null] },
    }),
  )
  t.deepEqual(parquet, {
    kind: 'parquet',
    rows: 3,
    columns: [
      { name: 'caption', type: 'text' },
      { name: 'image', type: 'bytes' },
    ],
    sample: [
      { caption: 'a', image: { bytes: 5 } },
      { caption: null, image: null },
    ],
  })
  const image = await picture(1, 20)
  const tar = await look(
    await tarOf([
      ['k.png', image],
      ['k.txt', 'words'],
      ['k.json', '{"a": 1}'],
      ['l.png', image],
      ['m.png', image],
    ]),
    1,
  )
  t.like(tar, { kind: 'webdataset', rows: 3 })
  const members: [string, string][] = [['k.txt', 'words']]
  for (const pack of [gzipOf, zstdOf])
    t.like(await look(pack(await tarOf(members))), { rows: 1, sample: [{ key: 'k', txt: 'words' }] })
  t.deepEqual(tar.sample, [
    {
      key: 'k',
      png: { bytes: image.byteLength, format: 'png', width: 20, height: 20 },
      txt: 'words',
      json: { a: 1 },
    },
  ])
  const npy = await look(encodeNpy(Float32Array.of(3, 4, 0, 1), [2, 2]))
  t.deepEqual(npy, {
    kind: 'npy',
    rows: 2,
    columns: [{ name: 'values', type: 'float32[2]' }],
    sample: [
      { row: 0, norm: 5, first: [3, 4] },
      { row: 1, norm: 1, first: [0, 1] },
    ],
  })
  const arrow = await look(
    encodeDropped({ length: 1, row: Uint32Array.of(7), reason: ['caption_empty'], detail: [''] }),
  )
  t.like(arrow, { kind: 'arrow', rows: 1 })
  t.deepEqual(arrow.sample, [{ row: 7, reason: 'caption_empty', detail: '' }])
  t.deepEqual((await look('{"experts": [1, 2]}')).columns, [{ name: 'experts', type: 'list[2]' }])
})

test('an artefact lists its files with the rows and digests of its record', async (t) => {
  const store = await temporaryFolder(t)
  const fingerprint = 'ab'.repeat(32)
  const folder = join(store, 'assign/data', fingerprint)
  await mkdir(folder, { recursive: true })
  await mkdir(join(store, 'assign/records'), { recursive: true })
  await writeFile(join(folder, 'vectors.npy'), encodeNpy(new Float32Array(6), [3, 2]))
  await writeFile(
    join(store, 'assign/records', `${fingerprint}.json`),
    JSON.stringify({ files: [{ name: 'vectors.npy', sha256: 'ff', rows: 3 }], accounting: { rows_out: 3 } }),
  )
  const found = await inspect(folder, { limit: 5 })
  t.like(found, { kind: 'artefact', rows: 3 })
  t.like(found.sample[0], {
    name: 'vectors.npy',
    rows: 3,
    sha256: 'ff',
    kind: 'npy',
    columns: 'values: float32[2]',
  })
})

test('an unreadable file is refused by name', async (t) => {
  t.is((await t.throwsAsync<PipelineError>(look('plain words, no format at all'))).code, 'E_FORMAT_UNKNOWN')
  t.is((await t.throwsAsync<PipelineError>(look('{"half": '))).code, 'E_JSON')
  t.is((await t.throwsAsync<PipelineError>(look('ARROW1 but no more'))).code, 'E_ARROW')
  t.is(
    (await t.throwsAsync<PipelineError>(inspect(join(await temporaryFolder(t), 'nothing'), { limit: 1 })))
      .code,
    'E_NOT_FOUND',
  )
})
