import test from 'ava'
import { PipelineError } from '../../../../src/core/error.js'
import { floatToHalf } from '../../../../src/core/half.js'
import type { EncoderOptions } from '../../../../src/math/encoder/encoder.js'
import { loadEncoder } from '../../../../src/math/encoder/load.js'
import { encoderFiles, safetensors, tinyTokenizer, tinyVocabulary } from '../../../fakes/encoder-files.js'

const tokens = tinyVocabulary.length
const width = 2
/** Token i points at (i, 1). */
const values = Float32Array.from({ length: tokens * width }, (_, i) => (i % 2 === 0 ? i / 2 : 1))

const model2vec = (change: { [name: string]: unknown } = {}) =>
  encoderFiles({
    'config.json': { model_type: 'model2vec', max_length: 512 },
    'tokenizer.json': tinyTokenizer(),
    'model.safetensors': safetensors({ embeddings: { dtype: 'F32', shape: [tokens, width], data: values } }),
    ...change,
  })

async function vectorOf(
  files: ReturnType<typeof encoderFiles>,
  caption: string,
  options: EncoderOptions = {},
) {
  const encoder = await loadEncoder(files, options)
  const { vectors, invalid } = await encoder.embed([caption])
  return invalid.length > 0 ? invalid[0]?.reason : [...vectors]
}

const unit = (x: number, y: number) => [x, y].map((value) => Math.fround(value / Math.hypot(x, y)))

async function refused(
  t: { throwsAsync: (promise: Promise<unknown>, expected: object) => Promise<unknown> },
  promise: Promise<unknown>,
): Promise<PipelineError> {
  return (await t.throwsAsync(promise, { instanceOf: PipelineError })) as PipelineError
}

test('averages the tokens of a caption and drops unknown words', async (t) => {
  t.deepEqual(await vectorOf(model2vec(), 'Cat, dogs!'), unit(8 + 9 + 10, 3))
  t.deepEqual(await vectorOf(model2vec(), 'cat zebra'), unit(8, 1))
  t.is(await vectorOf(model2vec(), 'zebra'), 'no_known_token')
  t.is(await vectorOf(model2vec(), ''), 'no_known_token')
})

test('StaticEmbedding of sentence-transformers keeps unknown words and never truncates', async (t) => {
  const files = encoderFiles({
    'modules.json': [
      { idx: 0, name: '0', path: '0_StaticEmbedding', type: 'sentence_transformers.models.StaticEmbedding' },
    ],
    '0_StaticEmbedding/tokenizer.json': tinyTokenizer(),
    '0_StaticEmbedding/model.safetensors': safetensors({
      'embedding.weight': { dtype: 'F32', shape: [tokens, width], data: values },
    }),
  })
  t.deepEqual(await vectorOf(files, 'cat zebra'), unit(8 + 1, 2))
  t.deepEqual(await vectorOf(files, 'b '.repeat(2000)), unit(5, 1))
})

test('the limit of model2vec counts tokens, and characters before them', async (t) => {
  const files = model2vec({ 'config.json': { model_type: 'model2vec', max_length: 2 } })
  t.deepEqual(await vectorOf(files, 'a b cat'), unit(4 + 5, 2))
  // The median token here has 2 characters, so 4 characters are read.
  t.deepEqual(await vectorOf(files, '    cat'), 'no_known_token')
  t.deepEqual(await vectorOf(model2vec(), 'a b cat', { max_tokens: 1 }), unit(4, 1))
})

test('reads float16, int8 with weights, and a mapping', async (t) => {
  const half = model2vec({
    'model.safetensors': safetensors({
      embeddings: { dtype: 'F16', shape: [tokens, width], data: floatToHalf(values) },
    }),
  })
  t.deepEqual(await vectorOf(half, 'cat'), unit(8, 1))
  const int8 = model2vec({
    'model.safetensors': safetensors({
      embeddings: { dtype: 'I8', shape: [tokens, width], data: Int8Array.from(values) },
      weights: {
        dtype: 'F32',
        shape: [tokens],
        data: Float32Array.from({ length: tokens }, (_, i) => (i === 8 ? 3 : 1)),
      },
    }),
  })
  t.deepEqual(await vectorOf(int8, 'cat dog'), unit(24 + 9, 4))
  const mapped = model2vec({
    'model.safetensors': safetensors({
      embeddings: { dtype: 'F32', shape: [2, width], data: Float32Array.of(1, 0, 0, 1) },
      mapping: {
        dtype: 'I64',
        shape: [tokens],
        data: BigInt64Array.from({ length: tokens }, (_, i) => BigInt(i % 2)),
      },
    }),
  })
  t.deepEqual(await vectorOf(mapped, 'cat'), [1, 0])
  t.deepEqual(await vectorOf(mapped, 'dog'), [0, 1])
})

test('vectors without a direction are marked', async (t) => {
  const with_ = (cat: [number, number]) =>
    model2vec({
      'model.safetensors': safetensors({
        embeddings: {
          dtype: 'F32',
          shape: [tokens, width],
          data: values.map((value, i) => (i >> 1 === 8 ? (cat[i & 1] as number) : value)),
        },
      }),
    })
  t.is(await vectorOf(with_([NaN, 1]), 'cat'), 'vector_not_finite')
  t.is(await vectorOf(with_([0, 0]), 'cat'), 'vector_zero')
})

test('files that do not fit together are refused by name', async (t) => {
  const whole = safetensors({ embeddings: { dtype: 'F32', shape: [tokens, width], data: values } })
  const cases: [{ [name: string]: unknown }, RegExp][] = [
    [{ 'model.safetensors': whole.subarray(0, whole.length - 4) }, /truncated/],
    [{ 'model.safetensors': new Uint8Array(5) }, /too few/],
    [
      {
        'model.safetensors': safetensors({
          embeddings: {
            dtype: 'F32',
            shape: [tokens - 1, width],
            data: values.subarray(0, (tokens - 1) * width),
          },
        }),
      },
      /does not match the tokenizer/,
    ],
    [
      { 'model.safetensors': safetensors({ other: { dtype: 'F32', shape: [1], data: Float32Array.of(1) } }) },
      /no token vectors/,
    ],
    [{ 'tokenizer.json': '{"model": ' }, /not valid JSON/],
    [{ 'tokenizer.json': {} }, /no vocabulary/],
    [
      {
        'modules.json': [
          { type: 'x.StaticEmbedding', path: '.' },
          { type: 'x.Dense', path: '1_Dense' },
        ],
      },
      /Dense/,
    ],
  ]
  for (const [change, message] of cases) {
    const error = await refused(t, loadEncoder(model2vec(change)))
    t.is(error.code, 'E_ENCODER')
    t.regex(error.message, message)
    t.regex(error.place ?? '', /^memory:encoder/)
  }
  t.regex((await refused(t, loadEncoder(model2vec(), { pooling: 'pooler' }))).message, /not pooler/)
  t.regex((await refused(t, loadEncoder(encoderFiles({})))).message, /empty or does not exist/)
})
