import { byCodeUnit } from '../../../core/json.js'
import type { Session, SessionOptions, Tensor } from '../../session.js'
import { openSession } from '../../session/open.js'
import type { EncoderFiles, EncoderOptions, Precision } from '../encoder.js'
import { unusable } from '../files.js'
import { fuseGelu } from './fuse-gelu.js'
import type { TransformerSettings } from './settings.js'

/** A loaded graph and the names of its inputs and output. */
export interface EncoderGraph {
  readonly session: Session
  readonly name: string
  readonly inputs: readonly KnownInput[]
  readonly input_type: 'int64' | 'int32'
  readonly output: string
  /** Whether the output has a state per token or a vector per row. */
  readonly per: 'token' | 'row'
}

type KnownInput = 'input_ids' | 'attention_mask' | 'token_type_ids' | 'position_ids'

const knownInputs: readonly string[] = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']
const tokenOutputs = ['last_hidden_state', 'token_embeddings']

const graphNames: { readonly [P in Precision]: readonly RegExp[] } = {
  float32: [/^model\.onnx$/],
  float16: [/^model_(fp16|float16)\.onnx$/],
  int8: [/^model_int8\.onnx$/, /^model_q?u?int8.*\.onnx$/, /^model_quantized\.onnx$/],
}

export async function openGraph(
  files: EncoderFiles,
  names: ReadonlySet<string>,
  settings: TransformerSettings,
  options: EncoderOptions,
): Promise<EncoderGraph> {
  const name = chooseGraph(files, names, options.precision ?? 'float32')
  const bytes = await files.read(name)
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('DynamicQuantize')) {
    throw unusable(
      files,
      name,
      'is dynamically quantised: the vector of a caption would depend on the others in its batch',
      {
        hint:
          'quantise it statically with `python -m coterie_trainer export --int8`, or use `precision: ' +
          'float32`',
      },
    )
  }
  const session = await open(files, names, name, bytes, options)
  try {
    const inputs = session.inputs.map((input) => {
      if (!knownInputs.includes(input))
        throw unusable(files, name, `has the input ${input}, which is not supported`, {
          expected: knownInputs.join(', '),
        })
      return input as KnownInput
    })
    for (const needed of ['input_ids', 'attention_mask'] as const) {
      if (!inputs.includes(needed))
        throw unusable(files, name, `has no input ${needed}, so padding would change its results`, {
          found: inputs.join(', '),
        })
    }
    const type = session.input_types['input_ids'] ?? 'int64'
    if (type !== 'int64' && type !== 'int32')
      throw unusable(files, name, `takes token ids as ${type}`, { expected: 'int64 or int32' })
    return { session, name, inputs, input_type: type, ...chooseOutput(files, name, session, settings) }
  } catch (error) {
    await session.close()
    throw error
  }
}

function chooseGraph(files: EncoderFiles, names: ReadonlySet<string>, precision: Precision): string {
  const candidates = [...names].filter((name) => /^(onnx\/)?[^/]+\.onnx$/.test(name)).sort(byCodeUnit)
  for (const pattern of graphNames[precision]) {
    const found = candidates.find((name) => pattern.test(name.replace(/^onnx\//, '')))
    if (found) return found
  }
  throw unusable(files, '', `the encoder has no graph of precision ${precision}`, {
    expected:
      precision === 'float32'
        ? 'onnx/model.onnx'
        : `onnx/model_${precision === 'float16' ? 'fp16' : 'int8'}.onnx`,
    found: candidates.join(', ') || 'no .onnx files',
    hint: 'create it with `python -m coterie_trainer export --model FOLDER --out FOLDER`',
  })
}

/** Loads from the path if the weights are in another file, otherwise from the bytes. */
async function open(
  files: EncoderFiles,
  names: ReadonlySet<string>,
  name: string,
  bytes: Uint8Array,
  options: EncoderOptions,
): Promise<Session> {
  const settings: SessionOptions = {
    threads: options.threads ?? 1,
    device: options.device,
    runtime: options.runtime,
    reuse_memory: true,
    log: options.log,
  }
  const external = [`${name}_data`, `${name}.data`].some((data) => names.has(data))
  if (!external) return openSession(fuseGelu(bytes), settings)
  const path = files.path?.(name)
  if (path === undefined || options.runtime === 'wasm') {
    throw unusable(
      files,
      name,
      'has its weights in a second file, which needs a local folder and the native runtime',
      { hint: 'copy the encoder to a local folder, or export it as one file' },
    )
  }
  return openSession(path, settings)
}

function chooseOutput(
  files: EncoderFiles,
  name: string,
  session: Session,
  settings: TransformerSettings,
): Pick<EncoderGraph, 'output' | 'per'> {
  const has = (output: string) => session.outputs.includes(output)
  const perToken = tokenOutputs.find(has)
  const { pooling } = settings
  if (pooling.from === 'undecided') {
    if (perToken === undefined && has('sentence_embedding'))
      return { output: 'sentence_embedding', per: 'row' }
    throw unusable(files, '', 'the encoder does not define its pooling: it has no modules.json', {
      expected: 'encoder.pooling: mean, cls, pooler or sentence',
      found: 'encoder.pooling: auto',
      hint:
        "see the model's paper or card (SimCSE: pooler); " +
        'a wrong guess such as `mean` would silently produce wrong vectors',
    })
  }
  if (pooling.from === 'pooler' || pooling.from === 'sentence') {
    const output = pooling.from === 'pooler' ? 'pooler_output' : 'sentence_embedding'
    if (!has(output)) {
      throw unusable(files, name, `has no output ${output}, which pooling ${pooling.from} needs`, {
        found: session.outputs.join(', '),
        hint:
          pooling.from === 'pooler'
            ? 'most exports omit it; `python -m coterie_trainer export --pooler` keeps it'
            : 'use another `pooling`',
      })
    }
    return { output, per: 'row' }
  }
  const only =
    session.outputs.length === 1 && (session.output_dims[session.outputs[0] as string]?.length ?? 3) === 3
      ? session.outputs[0]
      : undefined
  const output = perToken ?? only
  if (output === undefined)
    throw unusable(files, name, 'has no output with a state per token', {
      expected: tokenOutputs.join(' or '),
      found: session.outputs.join(', '),
    })
  return { output, per: 'token' }
}

/**
 * The graph's inputs for a padded batch. `ids` is [rows, length]; `counts` are the lengths without padding.
 */
export function feedsOf(
  graph: EncoderGraph,
  ids: Int32Array,
  counts: Int32Array,
  length: number,
): { [input: string]: Tensor } {
  const rows = counts.length
  const feeds: { [input: string]: Tensor } = {}
  for (const input of graph.inputs) {
    const values = input === 'input_ids' ? ids : new Int32Array(rows * length)
    if (input === 'attention_mask')
      for (let row = 0; row < rows; row++)
        values.fill(1, row * length, row * length + (counts[row] as number))
    if (input === 'position_ids') for (let i = 0; i < values.length; i++) values[i] = i % length
    feeds[input] =
      graph.input_type === 'int32'
        ? { type: 'int32', data: values, dims: [rows, length] }
        : { type: 'int64', data: widenIntegers(values), dims: [rows, length] }
  }
  return feeds
}

function widenIntegers(values: Int32Array): BigInt64Array {
  const wide = new BigInt64Array(values.length)
  const low = new Int32Array(wide.buffer)
  // Little-endian and non-negative: the low half is the value.
  for (let i = 0; i < values.length; i++) low[2 * i] = values[i] as number
  return wide
}
