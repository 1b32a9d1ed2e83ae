import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { join } from 'node:path'
import { localEncoderFolder } from '../../src/io/encoder-files.js'
import { loadEncoder } from '../../src/math/encoder/load.js'
import { requirements, testWith } from '../requires.js'
import { sharedFolder } from '../shared.js'

const shared = sharedFolder() as string
const test = testWith([requirements.sharedData])

const load = (options = {}) =>
  loadEncoder(localEncoderFolder(join(shared, 'models', 'all-MiniLM-L6-v2')), options)
const recorded = async () => {
  const { captions, vectors } = JSON.parse(
    await readFile(new URL('./encoder/minilm.json', import.meta.url), 'utf8'),
  ) as { captions: string[]; vectors: string }
  const bytes = Buffer.from(vectors, 'base64')
  return {
    captions,
    expected: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)),
  }
}

test('vectors equal those of sentence-transformers within 1e-5', async (t) => {
  const { captions, expected } = await recorded()
  const encoder = await load()
  const { vectors, invalid } = await encoder.embed(captions)
  await encoder.close()
  t.deepEqual(invalid, [])
  t.is(vectors.length, expected.length)
  const largest = vectors.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))),
    0,
  )
  t.true(largest < 1e-5, `largest difference ${largest}`)
})

test('a row has the same bytes alone, among others, in another order, and with two threads', async (t) => {
  const { captions } = await recorded()
  const crowd = [
    ...captions,
    ...captions.map((caption, i) => `${caption} ${i}`),
    ...Array.from({ length: 60 }, (_, i) => `photo number ${i} of a street`),
  ]
  const encoder = await load()
  const two = await load({ threads: 2 })
  const row = (vectors: Float32Array, i: number) =>
    Buffer.from(vectors.slice(i * encoder.width, (i + 1) * encoder.width).buffer).toString('hex')
  const { vectors } = await encoder.embed(crowd)
  const backwards = (await encoder.embed([...crowd].reverse())).vectors
  const threaded = (await two.embed(crowd)).vectors
  for (let i = 0; i < crowd.length; i++) {
    t.is(row(backwards, crowd.length - 1 - i), row(vectors, i))
    t.is(row(threaded, i), row(vectors, i))
  }
  for (const i of [0, 3, captions.length + 2])
    t.is(row((await encoder.embed([crowd[i] as string])).vectors, 0), row(vectors, i))
  await encoder.close()
  await two.close()
})

/** Of the recorded captions' vectors by `runtime: wasm`; the same on every CPU. */
const wasmDigest = '7abf03bbd7713ae4eb25a87c3601adcf3b09e9559299f9bd0fd67d5afbbb1da8'

test('WebAssembly computes the same bytes with and without newer CPU instructions', async (t) => {
  t.timeout(120_000)
  const { captions } = await recorded()
  const folder = join(shared, 'models', 'all-MiniLM-L6-v2')
  // What V8 then makes of the same wasm is what it makes on a CPU without them.
  for (const flags of [[], ['--no-enable-avx', '--no-enable-avx2', '--no-enable-fma3']]) {
    const script = [
      '--import=tsx',
      fileURLToPath(new URL('../fakes/embed-digest.ts', import.meta.url)),
      folder,
      JSON.stringify(captions),
    ]
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...script])
    t.is(stdout, wasmDigest, flags.join(' '))
  }
})
