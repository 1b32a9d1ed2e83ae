import test, { type ExecutionContext } from 'ava'
import { PipelineError } from '../../../../src/core/error.js'
import type { EncoderOptions } from '../../../../src/math/encoder/encoder.js'
import { loadEncoder } from '../../../../src/math/encoder/load.js'
import { encoderFiles, safetensors, tinyTokenizer, tinyVocabulary } from '../../../fakes/encoder-files.js'
import { onnxGraph, type GraphParts } from '../../../fakes/onnx-graph.js'

const tokens = tinyVocabulary.length
/** Token i's state is (i, 1, 0). */
const table = Float32Array.from({ length: tokens * 3 }, (_, i) => [i / 3, 1, 0][i % 3] as number)

/** A "transformer" that looks its tokens up; the mask is used so that onnxruntime keeps it as an input. */
function graph(
  change: {
    outputs?: string[]
    table?: Float32Array
    extraInput?: string
    extraNode?: GraphParts['nodes'][number]
  } = {},
): Uint8Array {
  const outputs = change.outputs ?? ['last_hidden_state']
  return onnxGraph({
    inputs: ['input_ids', 'attention_mask', ...(change.extraInput ? [change.extraInput] : [])].map(
      (name) => ({ name, type: 'int64' as const, dims: ['batch', 'tokens'] }),
    ),
    outputs: outputs.map((name) => ({
      name,
      type: 'float32' as const,
      dims: name === 'last_hidden_state' ? ['batch', 'tokens', 3] : ['batch', 3],
    })),
    initializers: [
      { name: 'table', type: 'float32', dims: [tokens, 3], data: change.table ?? table },
      { name: 'first', type: 'int64', dims: [1], data: BigInt64Array.of(0n) },
      { name: 'last', type: 'int64', dims: [1], data: BigInt64Array.of(-1n) },
    ],
    nodes: [
      { op: 'Mul', inputs: ['input_ids', 'attention_mask'], outputs: ['kept'] },
      { op: 'Gather', inputs: ['table', 'kept'], outputs: ['last_hidden_state'] },
      ...outputs
        .filter((name) => name !== 'last_hidden_state')
        .map((name) => ({
          op: 'ReduceMax',
          inputs: ['last_hidden_state'],
          outputs: [name],
          attributes: { axes: [1], keepdims: 0 },
        })),
      ...(change.extraNode ? [change.extraNode] : []),
    ],
  })
}

const module_ = (type: string, path = '') => ({ path, type: `sentence_transformers.models.${type}` })
const modules = (...rest: object[]) =>
  [module_('Transformer'), ...rest].map((entry, idx) => ({ idx, name: String(idx), ...entry }))

const folder = (change: { [name: string]: unknown } = {}) =>
  encoderFiles({
    'modules.json': modules(module_('Pooling', '1_Pooling'), module_('Normalize', '2_Normalize')),
    'config.json': { model_type: 'bert', vocab_size: tokens, max_position_embeddings: 512 },
    'sentence_bert_config.json': { max_seq_length: 6, do_lower_case: false },
    'tokenizer.json': tinyTokenizer(),
    '1_Pooling/config.json': {
      word_embedding_dimension: 3,
      pooling_mode_mean_tokens: true,
      pooling_mode_cls_token: false,
    },
    'onnx/model.onnx': graph(),
    ...change,
  })

async function embed(
  files: ReturnType<typeof encoderFiles>,
  captions: string[],
  options: EncoderOptions = {},
) {
  const encoder = await loadEncoder(files, options)
  try {
    const { vectors, invalid } = await encoder.embed(captions)
    return {
      rows: captions.map((_, row) => [...vectors.subarray(row * encoder.width, (row + 1) * encoder.width)]),
      invalid,
      width: encoder.width,
    }
  } finally {
    await encoder.close()
  }
}

async function refused(
  t: ExecutionContext,
  files: ReturnType<typeof encoderFiles>,
  message: RegExp,
  options: EncoderOptions = {},
): Promise<PipelineError> {
  const error = await t.throwsAsync(loadEncoder(files, options), { instanceOf: PipelineError })
  t.is(error?.code, 'E_ENCODER')
  t.regex(error?.message ?? '', message)
  return error as PipelineError
}

const unit = (...values: number[]) => values.map((value) => Math.fround(value / Math.hypot(...values)))

/** [CLS] is 2, [SEP] 3, a…d 4…7, cat 8, dog 9. */
test('the mean covers real tokens only, whatever the lengths of other rows', async (t) => {
  const captions = ['cat', 'a b c d', 'dog', 'cat dog']
  const { rows } = await embed(folder(), captions)
  t.deepEqual(rows, [unit(13, 3, 0), unit(27, 6, 0), unit(14, 3, 0), unit(22, 4, 0)])
})

test('a limit counts special tokens, and truncation and padding of tokenizer.json are ignored', async (t) => {
  t.deepEqual((await embed(folder(), ['a b c d cat dog'])).rows, [unit(2 + 4 + 5 + 6 + 7 + 3, 6, 0)])
  t.deepEqual((await embed(folder(), ['a b c d cat dog'], { max_tokens: 3 })).rows, [unit(2 + 4 + 3, 3, 0)])
  await refused(t, folder(), /leaves no room/, { max_tokens: 2 })
})

test('repeated captions have the same row, alone and among others', async (t) => {
  const crowd = Array.from({ length: 200 }, (_, i) => ['cat', 'dog a', 'b c d', 'dogs'][i % 4] as string)
  const { rows } = await embed(folder(), crowd)
  for (const row of [0, 1, 2, 3]) {
    t.deepEqual((await embed(folder(), [crowd[row] as string])).rows[0], rows[row])
    t.deepEqual(rows[196 + row], rows[row])
  }
})

test("pooling modes of both schemas are read, several joined in the library's order", async (t) => {
  const with_ = (config: object) =>
    folder({ 'modules.json': modules(module_('Pooling', '1_Pooling')), '1_Pooling/config.json': config })
  const of = async (config: object) => (await embed(with_(config), ['cat dog'])).rows[0]
  t.deepEqual(await of({ pooling_mode_cls_token: true }), unit(2, 1, 0))
  t.deepEqual(await of({ embedding_dimension: 3, pooling_mode: 'lasttoken' }), unit(3, 1, 0))
  t.deepEqual(await of({ pooling_mode: 'max' }), unit(9, 1, 0))
  t.deepEqual(await of({ pooling_mode: 'weightedmean' }), unit(2 + 16 + 27 + 12, 10, 0))
  t.deepEqual(
    await of({ pooling_mode_max_tokens: true, pooling_mode_cls_token: true }),
    unit(2, 1, 0, 9, 1, 0),
  )
  t.deepEqual(await of({ pooling_mode: ['mean_sqrt_len_tokens'] }), unit(22, 4, 0))
  await refused(t, with_({ pooling_mode: 'attention' }), /attention/)
  await refused(t, with_({ pooling_mode_mean_tokens: true, include_prompt: false }), /prompt/)
})

test('the option overrides the files of the model', async (t) => {
  t.deepEqual((await embed(folder(), ['cat'], { pooling: 'cls' })).rows, [unit(2, 1, 0)])
  const outputs = folder({
    'onnx/model.onnx': graph({ outputs: ['last_hidden_state', 'pooler_output', 'sentence_embedding'] }),
  })
  t.deepEqual((await embed(outputs, ['cat'], { pooling: 'pooler' })).rows, [unit(8, 1, 0)])
  t.deepEqual((await embed(outputs, ['cat'], { pooling: 'sentence' })).rows, [unit(8, 1, 0)])
  const error = await refused(t, folder(), /pooler_output/, { pooling: 'pooler' })
  t.regex(error.hint ?? '', /--pooler/)
})

test('without modules.json, `auto` refuses to guess', async (t) => {
  const { 'modules.json': _, ...rest } = {
    'modules.json': 0,
    'config.json': {},
    'tokenizer.json': tinyTokenizer(),
    'onnx/model.onnx': graph(),
  }
  const error = await refused(t, encoderFiles(rest), /does not define its pooling/)
  t.regex(error.hint ?? '', /SimCSE/)
  t.deepEqual((await embed(encoderFiles(rest), ['cat'], { pooling: 'mean' })).rows, [unit(13, 3, 0)])
  const sentenceOnly = encoderFiles({
    ...rest,
    'onnx/model.onnx': graph({ outputs: ['sentence_embedding'] }),
  })
  t.deepEqual((await embed(sentenceOnly, ['cat'])).rows, [unit(8, 1, 0)])
})

test('Dense modules are applied in order', async (t) => {
  const dense = (activation: string) =>
    folder({
      'modules.json': modules(
        module_('Pooling', '1_Pooling'),
        module_('Dense', '2_Dense'),
        module_('Normalize', '3_Normalize'),
      ),
      '2_Dense/config.json': { in_features: 3, out_features: 2, bias: true, activation_function: activation },
      '2_Dense/model.safetensors': safetensors({
        'linear.weight': { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 0, 0, 0, 3, 0) },
        'linear.bias': { dtype: 'F32', shape: [2], data: Float32Array.of(0, -7) },
      }),
    })
  const { rows, width } = await embed(dense('torch.nn.modules.linear.Identity'), ['a'])
  t.is(width, 2)
  t.deepEqual(rows, [unit(3, -4)])
  t.deepEqual((await embed(dense('torch.nn.modules.activation.ReLU'), ['a'])).rows, [[1, 0]])
  t.deepEqual((await embed(dense('torch.nn.modules.activation.Tanh'), ['a'])).rows, [
    unit(Math.tanh(3), Math.tanh(-4)),
  ])
  await refused(t, dense('torch.nn.modules.activation.Mish'), /Mish/)
  await refused(t, dense('torch.nn.modules.activation.Tanh'), /Dense module/, { pooling: 'sentence' })
})

test('a default prompt is put before every caption, and lower-casing follows its own setting', async (t) => {
  const prompted = folder({
    'config_sentence_transformers.json': { prompts: { q: 'dog ' }, default_prompt_name: 'q' },
  })
  t.deepEqual((await embed(prompted, ['cat'])).rows, [unit(22, 4, 0)])
  const cased = tinyTokenizer({
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: false,
      lowercase: false,
    },
  })
  t.deepEqual((await embed(folder({ 'tokenizer.json': cased }), ['CAT'])).rows, [unit(2 + 1 + 3, 3, 0)])
  const lowered = folder({
    'tokenizer.json': cased,
    'sentence_bert_config.json': { max_seq_length: 6, do_lower_case: true },
  })
  t.deepEqual((await embed(lowered, ['CAT'])).rows, [unit(13, 3, 0)])
})

test('a row that is not finite is marked and leaves the others unchanged', async (t) => {
  const broken = table.map((value, i) => (Math.floor(i / 3) === 9 ? NaN : value))
  const { rows, invalid } = await embed(folder({ 'onnx/model.onnx': graph({ table: broken }) }), [
    'dog',
    'cat',
    'a dog',
    'dog',
  ])
  t.deepEqual(
    invalid,
    [0, 2, 3].map((index) => ({ index, reason: 'vector_not_finite' as const })),
  )
  t.deepEqual(rows, [[0, 0, 0], unit(13, 3, 0), [0, 0, 0], [0, 0, 0]])
})

test('unsupported settings are refused by name', async (t) => {
  await refused(t, folder({ 'modules.json': modules(module_('WordWeights', '1_W')) }), /WordWeights/)
  await refused(t, folder({ 'modules.json': [module_('CLIPModel')] }), /CLIPModel/)
  await refused(t, folder({ 'modules.json': modules(module_('Pooling', '../up')) }), /outside/)
  await refused(
    t,
    folder({ 'modules.json': modules(module_('Pooling', '7_Pooling')) }),
    /7_Pooling\/config.json is missing/,
  )
  await refused(t, folder({ 'onnx/model.onnx': graph({ extraInput: 'pixel_values' }) }), /pixel_values/)
  await refused(
    t,
    folder({ 'onnx/model.onnx': graph({ outputs: ['pooler_output', 'other'] }) }),
    /state per token/,
  )
  await refused(t, folder({ 'config.json': { vocab_size: tokens - 1 } }), /does not match the model/)
  await refused(
    t,
    folder({
      'config.json': {},
      'onnx/model.onnx': graph({ table: table.subarray(0, table.length) }),
      'tokenizer.json': tinyTokenizer({ added_tokens: [{ id: 40, content: '<late>' }] }),
    }),
    /largest token id/,
  )
  await refused(
    t,
    folder({ 'tokenizer.json': tinyTokenizer({ post_processor: { type: 'Surprise' } }) }),
    /Surprise/,
  )
  await refused(t, folder(), /precision int8/, { precision: 'int8' })
  const dynamic = graph({
    extraNode: { op: 'DynamicQuantizeLinear', inputs: ['table'], outputs: ['q', 's', 'z'] },
  })
  await refused(t, folder({ 'onnx/model_int8.onnx': dynamic }), /dynamically/, { precision: 'int8' })
})

test('a truncated graph is a clear error', async (t) => {
  const bytes = graph()
  const error = await t.throwsAsync(
    loadEncoder(folder({ 'onnx/model.onnx': bytes.subarray(0, bytes.length - 20) })),
    { instanceOf: PipelineError },
  )
  t.is(error?.code, 'E_MODEL_UNREADABLE')
})

test('stops between batches when asked to', async (t) => {
  const encoder = await loadEncoder(folder())
  const stop = new AbortController()
  const captions = Array.from({ length: 2000 }, (_, i) => `cat ${'abcd'[i % 4]} ${'a '.repeat(i % 3)}${i}`)
  await t.throwsAsync(
    encoder.embed(captions, { signal: stop.signal, progress: () => stop.abort(new Error('enough')) }),
    { message: 'enough' },
  )
  await encoder.close()
})
