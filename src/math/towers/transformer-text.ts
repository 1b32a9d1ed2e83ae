import { PipelineError } from '../../core/error.js'
import type { EncoderFiles, EncoderOptions } from '../encoder/encoder.js'
import { readJson, unusable } from '../encoder/files.js'
import { readModules } from '../encoder/modules.js'
import { loadTokenizer } from '../encoder/tokenizer/load.js'
import type { Whitening } from '../ridge/whiten.js'
import { openSession } from '../session/open.js'
import { encodeTransformerText, type TextPooling } from './text.js'

interface PoolingConfig {
  readonly pooling_mode_cls_token?: boolean
  readonly pooling_mode_mean_tokens?: boolean
  readonly pooling_mode?: string
}

/**
 * Reads the text tower of a transformer encoder in the hub's layout. Throws `E_TEXT_GRAPH` for modules that a
 * single graph cannot express.
 */
export async function readTransformerText(files: EncoderFiles, options: EncoderOptions) {
  const names = new Set(await files.list())
  const modules = (await readModules(files, names)) ?? []
  const unknown = modules.find(({ kind }) => !['Transformer', 'Pooling', 'Normalize'].includes(kind))
  if (unknown) throw refused(files, `its module ${unknown.kind} is not part of the ONNX graph`)
  const folder = modules.find(({ kind }) => kind === 'Pooling')?.folder ?? '1_Pooling/'
  const config = await readJson<PoolingConfig>(files, names, `${folder}config.json`)
  const graph = graphName(options)
  const name = [`onnx/${graph}`, graph].find((candidate) => names.has(candidate))
  if (name === undefined) throw unusable(files, '', `the encoder folder has no onnx/${graph}`)
  if (names.has(`${name}_data`) || names.has(`${name}.data`))
    throw refused(files, 'its weights are in a separate file')
  const model = await files.read(name)
  const session = await openSession(model, { threads: 1 })
  const { inputs, outputs } = session
  await session.close()
  const { output, pooling } = choosePooling(files, outputs, config, options)
  const lowercase =
    (await readJson<{ do_lower_case?: boolean }>(files, names, 'sentence_bert_config.json'))
      ?.do_lower_case === true
  const limit =
    (await readJson<{ max_seq_length?: number }>(files, names, 'sentence_bert_config.json'))
      ?.max_seq_length ?? 512
  const { pad } = await loadTokenizer(files, 'tokenizer.json', {})
  return {
    tokenizer: await files.read('tokenizer.json'),
    preparation: {
      context_length: Math.min(limit, options.max_tokens ?? limit),
      pad_id: pad,
      lowercase,
      fixed_length: false,
    },
    tower: async (whitening: Whitening) =>
      encodeTransformerText(model, { output, inputs, pooling }, whitening),
  }
}

function choosePooling(
  files: EncoderFiles,
  outputs: readonly string[],
  config: PoolingConfig | undefined,
  { pooling }: EncoderOptions,
): { output: string; pooling: TextPooling } {
  const wanted =
    pooling && pooling !== 'auto'
      ? pooling
      : config?.pooling_mode_cls_token || config?.pooling_mode === 'cls'
        ? 'cls'
        : config
          ? 'mean'
          : undefined
  const pick = (...names: string[]) => names.find((name) => outputs.includes(name))
  if (wanted === 'mean' || wanted === 'cls') {
    const output = pick('last_hidden_state', 'token_embeddings')
    if (output) return { output, pooling: wanted }
  } else {
    const output = wanted === 'pooler' ? pick('pooler_output') : pick('sentence_embedding', 'embeddings')
    if (output) return { output, pooling: 'none' }
  }
  throw refused(files, `pooling ${wanted ?? 'auto'} does not fit its outputs ${outputs.join(', ')}`)
}

function graphName({ precision }: EncoderOptions): string {
  return precision === 'float16' ? 'model_fp16.onnx' : precision === 'int8' ? 'model_int8.onnx' : 'model.onnx'
}

function refused(files: EncoderFiles, reason: string): PipelineError {
  return new PipelineError({
    code: 'E_TEXT_GRAPH',
    message: `this encoder cannot be used as a text tower: ${reason}`,
    place: files.place,
    hint: 'set `train.adapter.features` to your own CLIP model, or `embed.encoder` to another model',
  })
}
