import test from 'ava'
import { readFile } from 'node:fs/promises'
import { localEncoderFolder } from '../../src/io/encoder-files.js'
import { builtinEncoder, encoderFolder } from '../../src/core/encoder-folder.js'
import { loadEncoder } from '../../src/math/encoder/load.js'
import { loadTokenizer } from '../../src/math/encoder/tokenizer/load.js'

/** The recorded files come from Python's `tokenizers` and `model2vec`: see trainer/tests. */
const golden = async <T>(name: string) =>
  JSON.parse(await readFile(new URL(`./encoder/${name}`, import.meta.url), 'utf8')) as T
const folder = new URL('./encoder', import.meta.url).pathname

for (const kind of ['builtin', 'wordpiece-cased', 'bpe-bytes', 'unigram']) {
  test(`${kind}: token ids equal Python's in every script`, async (t) => {
    const files = localEncoderFolder(kind === 'builtin' ? encoderFolder(builtinEncoder) : folder)
    const tokenizer = await loadTokenizer(
      files,
      kind === 'builtin' ? 'tokenizer.json' : `tokenizer-${kind}.json`,
      {},
    )
    const texts = await golden<string[]>('texts.json')
    const expected = await golden<number[][]>(`ids-${kind}.json`)
    t.is(texts.length, expected.length)
    const different = texts.flatMap((text, row) => {
      const found = [...tokenizer.encode(text)]
      return JSON.stringify(found) === JSON.stringify(expected[row])
        ? []
        : [{ text, found, expected: expected[row] }]
    })
    t.deepEqual(different, [])
  })
}

test("the built-in encoder's vectors equal model2vec's", async (t) => {
  const recorded = await golden<{ captions: string[]; width: number; vectors: string }>('static-builtin.json')
  const bytes = Buffer.from(recorded.vectors, 'base64')
  const expected = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  const encoder = await loadEncoder(localEncoderFolder(encoderFolder(builtinEncoder)))
  t.is(encoder.width, recorded.width)
  const { vectors, invalid } = await encoder.embed(recorded.captions)
  t.is(vectors.length, expected.length)
  let largest = 0
  for (let i = 0; i < vectors.length; i++)
    largest = Math.max(largest, Math.abs((vectors[i] as number) - (expected[i] as number)))
  t.true(largest < 1e-6, `largest difference ${largest}`)
  const zero = recorded.captions.flatMap((_, row) =>
    expected.subarray(row * encoder.width, (row + 1) * encoder.width).every((value) => value === 0)
      ? [row]
      : [],
  )
  t.true(zero.length > 0)
  t.deepEqual(
    invalid,
    zero.map((index) => ({ index, reason: 'no_known_token' as const })),
  )
})
