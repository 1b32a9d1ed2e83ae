import test from 'ava'
import { builtinEncoder, encoderFolder } from '../../../src/core/encoder-folder.js'
import { localEncoderFolder } from '../../../src/io/encoder-files.js'
import { loadEncoder } from '../../../src/math/encoder/load.js'
import { loadTokenizer } from '../../../src/math/encoder/tokenizer/load.js'
import { openGemm } from '../../../src/math/gemm/gemm.js'
import { learnDictionary } from '../../../src/math/patches/learn.js'
import { learnWhitening, whiten } from '../../../src/math/ridge/whiten.js'
import { openSession } from '../../../src/math/session/open.js'
import { encodeModel } from '../../../src/math/onnx/model.js'
import { encodeHead, encodeImageTower, encodePatchTrunk } from '../../../src/math/towers/image.js'
import { pixelTensor } from '../../../src/math/towers/pixels.js'
import { isStatic, readStaticText } from '../../../src/math/towers/static-text.js'
import { encodeStaticText, encodeTransformerText } from '../../../src/math/towers/text.js'

const gemm = openGemm(1)
test.after.always(() => gemm.close())

const captions = [
  'a red bus',
  'two dogs playing in the snow',
  'Flag: Norway',
  'smiling face with hearts',
  'ö',
  'blue shirt, cotton',
  'a',
  'cake with candles',
]

test("the static text tower computes the encoder's vectors, whitened", async (t) => {
  const files = localEncoderFolder(encoderFolder(builtinEncoder))
  t.true(await isStatic(files))
  const encoder = await loadEncoder(files, {})
  const { vectors } = await encoder.embed(captions)
  const whitening = await learnWhitening(vectors, encoder.width, 0.1, gemm)
  const expected = await whiten(vectors, whitening, gemm)

  const { text, tokenizer } = await readStaticText(files)
  const session = await openSession(encodeStaticText(text, whitening), { threads: 1 })
  const tokens = await loadTokenizer(
    { place: '', list: async () => [], read: async () => tokenizer },
    'tokenizer.json',
    {},
  )
  const ids = captions.map((caption) => [...tokens.encode(caption)])
  const length = Math.max(...ids.map((list) => list.length)) + 2
  const input = new BigInt64Array(ids.length * length)
  const mask = new BigInt64Array(ids.length * length)
  ids.forEach((list, row) =>
    list.forEach((id, at) => {
      input[row * length + at] = BigInt(id)
      mask[row * length + at] = 1n
    }),
  )
  const dims = [ids.length, length]
  const { text_embedding: found } = await session.run({
    input_ids: { type: 'int64', data: input, dims },
    attention_mask: { type: 'int64', data: mask, dims },
  })
  await session.close()
  t.deepEqual(found!.dims, [captions.length, encoder.width])
  const worst = (found!.data as Float32Array).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - expected[i]!)),
    0,
  )
  t.true(worst < 1e-4, `differs by ${worst}`)
})

test('trunk and head together are the image tower, and its vectors have length 1', async (t) => {
  const image = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 256)
  const preparation = { width: 32, height: 32, fit: 'fill', mean: [0, 0, 0], std: [1, 1, 1] } as const
  const pixels = pixelTensor([image, image.toReversed()], preparation)
  const dictionary = await learnDictionary(
    pixels.data as Float32Array,
    { size: 8, seed: [1], patches: 100, iterations: 2 },
    gemm,
  )
  const standard = { mean: new Float32Array(32).fill(0.1), scale: new Float32Array(32).fill(3) }
  const weights = Float32Array.from({ length: 32 * 5 }, (_, i) => Math.sin(i))
  const trunk = encodePatchTrunk(dictionary, standard)
  const tower = await openSession(encodeImageTower(trunk, weights, 32, 5), { threads: 1 })
  const { image_embedding: whole, image_features: features } = await tower.run({ pixels })
  const head = await openSession(encodeHead(weights, 32, 5), { threads: 1 })
  const { image_embedding: two } = await head.run({ image_features: features! })
  t.deepEqual(two!.data, whole!.data)
  for (let row = 0; row < 2; row++)
    t.true(Math.abs(Math.hypot(...(whole!.data as Float32Array).subarray(row * 5, row * 5 + 5)) - 1) < 1e-5)
  await tower.close()
  await head.close()
})

test('pixels are planes of (rgb / 255 − mean) / std', (t) => {
  const { data, dims } = pixelTensor([Uint8Array.of(255, 0, 51, 0, 255, 102)], {
    width: 2,
    height: 1,
    fit: 'fill',
    mean: [0.5, 0.5, 0],
    std: [0.5, 1, 0.2],
  })
  t.deepEqual(dims, [2, 3, 1, 2], 'one image is doubled')
  t.deepEqual(
    Array.from(data.slice(0, 6) as Float32Array, (value) => Math.round(Number(value) * 1e6) / 1e6),
    [1, -1, -0.5, 0.5, 1, 2],
  )
})

/** A transformer in small: a table of token states, and the inputs that BERT has. */
function smallTransformer(): Uint8Array {
  return encodeModel({
    opset: 17,
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => ({
      name,
      type: 'int64',
      dims: ['batch', 'tokens'],
    })),
    outputs: [{ name: 'last_hidden_state', type: 'float32', dims: ['batch', 'tokens', 2] }],
    initializers: [
      { name: 'table', type: 'float32', data: Float32Array.of(9, 9, 3, 0, 0, 4), dims: [3, 2] },
      { name: 'types', type: 'float32', data: Float32Array.of(0, 0, 100, 100), dims: [2, 2] },
    ],
    nodes: [
      { op: 'Gather', inputs: ['table', 'input_ids'], outputs: ['tokens_embedded'] },
      { op: 'Gather', inputs: ['types', 'token_type_ids'], outputs: ['types_embedded'] },
      { op: 'Add', inputs: ['tokens_embedded', 'types_embedded'], outputs: ['last_hidden_state'] },
    ],
  })
}

test('a transformer graph gets pooling, whitening and zero token types', async (t) => {
  const whitening = { width: 2, mean: Float32Array.of(0, 0), matrix: Float32Array.of(1, 0, 0, 1) }
  const run = async (pooling: 'mean' | 'cls') => {
    const model = encodeTransformerText(
      smallTransformer(),
      { output: 'last_hidden_state', inputs: ['input_ids', 'attention_mask', 'token_type_ids'], pooling },
      whitening,
    )
    const session = await openSession(model, { threads: 1 })
    t.deepEqual(session.inputs, ['input_ids', 'attention_mask'])
    const dims = [1, 3]
    const { text_embedding: out } = await session.run({
      input_ids: { type: 'int64', data: BigInt64Array.of(1n, 2n, 0n), dims },
      attention_mask: { type: 'int64', data: BigInt64Array.of(1n, 1n, 0n), dims },
    })
    await session.close()
    return Array.from(out!.data as Float32Array, (value) => Math.round(value * 1e5) / 1e5)
  }
  // States (3, 0) and (0, 4); the masked one does not count: mean (1.5, 2), first (3, 0).
  t.deepEqual(await run('mean'), [0.6, 0.8])
  t.deepEqual(await run('cls'), [1, 0])
})

test('inputs that a bundle cannot provide are refused', (t) => {
  const whitening = { width: 2, mean: new Float32Array(2), matrix: new Float32Array(4) }
  t.throws(
    () =>
      encodeTransformerText(
        smallTransformer(),
        { output: 'x', inputs: ['input_ids', 'position_ids'], pooling: 'cls' },
        whitening,
      ),
    { code: 'E_TEXT_GRAPH' },
  )
})
