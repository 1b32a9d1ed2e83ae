import type { EncoderFiles, EncoderOptions } from '../encoder.js'
import { readJson, unusable } from '../files.js'
import type { EncoderModule } from '../modules.js'
import { readDense, type Dense } from './dense.js'
import { poolingOrder, readPooling, type PoolingMode } from './pooling-config.js'

/** Settings of a transformer encoder from its files and the options, without its graph. */
export interface TransformerSettings {
  /** How token states are pooled; `undecided` if neither files nor options define it. */
  readonly pooling:
    | { readonly from: 'tokens'; readonly modes: readonly PoolingMode[] }
    | { readonly from: 'pooler' | 'sentence' | 'undecided' }
  /** Between pooling and the final normalisation. */
  readonly steps: readonly (Dense | 'normalize')[]
  /** Including special tokens. */
  readonly max_tokens: number
  readonly lowercase: boolean
  /** Prepended to every caption (the default prompt of sentence-transformers). */
  readonly prompt: string
  readonly config: ModelConfig
}

export interface ModelConfig {
  model_type?: string
  hidden_size?: number
  vocab_size?: number
  max_position_embeddings?: number
  pad_token_id?: number
}

export async function readSettings(
  files: EncoderFiles,
  names: ReadonlySet<string>,
  modules: readonly EncoderModule[] | undefined,
  options: EncoderOptions,
): Promise<TransformerSettings> {
  const transformer = modules?.[0]
  if (transformer && transformer.kind !== 'Transformer') {
    throw unusable(files, 'modules.json', `begins with ${transformer.kind}, which is not supported`, {
      expected: 'Transformer or StaticEmbedding first',
    })
  }
  const folder = transformer?.folder ?? ''
  const config = (await readJson<ModelConfig>(files, names, `${folder}config.json`)) ?? {}
  const sentence =
    (await readJson<{ max_seq_length?: number | null; do_lower_case?: boolean }>(
      files,
      names,
      `${folder}sentence_bert_config.json`,
    )) ?? {}
  const tokenizer =
    (await readJson<{ model_max_length?: number }>(files, names, `${folder}tokenizer_config.json`)) ?? {}
  const { filePooling, steps } = await readSteps(files, names, modules?.slice(1) ?? [])
  const requested = options.pooling ?? 'auto'
  return {
    pooling: poolingOf(requested, filePooling),
    steps: steps.map((step) => {
      if (step !== 'normalize' && requested === 'sentence') {
        throw unusable(
          files,
          'modules.json',
          "has a Dense module, and it is unknown whether the graph's `sentence_embedding` includes it",
          { hint: 'use another `pooling`' },
        )
      }
      return step
    }),
    max_tokens: limitOf(
      config,
      sentence.max_seq_length ?? undefined,
      tokenizer.model_max_length,
      options.max_tokens,
    ),
    lowercase: sentence.do_lower_case === true,
    prompt: await defaultPrompt(files, names),
    config,
  }
}

async function readSteps(files: EncoderFiles, names: ReadonlySet<string>, modules: readonly EncoderModule[]) {
  let filePooling: PoolingMode[] | undefined
  const steps: (Dense | 'normalize')[] = []
  for (const module of modules) {
    switch (module.kind) {
      case 'Pooling':
        if (filePooling) throw unusable(files, 'modules.json', 'has two Pooling modules')
        filePooling = await readPooling(files, names, module.folder)
        break
      case 'Dense':
        if (!filePooling)
          throw unusable(files, 'modules.json', 'has a Dense module before Pooling, which is not supported')
        steps.push(await readDense(files, names, module.folder))
        break
      case 'Normalize':
        steps.push('normalize')
        break
      // Has no effect outside of training.
      case 'Dropout':
        break
      default:
        throw unusable(files, 'modules.json', `has a module ${module.kind}, which is not supported`, {
          expected: 'Transformer, Pooling, Dense, Normalize, Dropout',
        })
    }
  }
  return { filePooling, steps }
}

function poolingOf(
  requested: NonNullable<EncoderOptions['pooling']>,
  filePooling: readonly PoolingMode[] | undefined,
): TransformerSettings['pooling'] {
  if (requested === 'mean' || requested === 'cls') return { from: 'tokens', modes: [requested] }
  if (requested === 'pooler' || requested === 'sentence') return { from: requested }
  return filePooling
    ? {
        from: 'tokens',
        modes: [...filePooling].sort((a, b) => poolingOrder.indexOf(a) - poolingOrder.indexOf(b)),
      }
    : { from: 'undecided' }
}

/**
 * Like sentence-transformers: its own setting, or else the tokenizer's limit; never more than the positions
 * of the model.
 */
function limitOf(
  config: ModelConfig,
  own: number | undefined,
  tokenizerLimit: number | undefined,
  requested: number | undefined,
): number {
  const positions =
    config.max_position_embeddings !== undefined && config.max_position_embeddings > 0
      ? config.max_position_embeddings - offset(config)
      : Infinity
  const limit = Math.min(own ?? tokenizerLimit ?? Infinity, positions, requested ?? Infinity)
  return Number.isFinite(limit) ? limit : 512
}

/** RoBERTa and its variants count positions from the padding id + 1. */
function offset(config: ModelConfig): number {
  return /roberta|camembert|mpnet|xlm-r/.test(config.model_type ?? '') ? (config.pad_token_id ?? 1) + 1 : 0
}

async function defaultPrompt(files: EncoderFiles, names: ReadonlySet<string>): Promise<string> {
  const name = 'config_sentence_transformers.json'
  const config = await readJson<{
    prompts?: { [name: string]: string }
    default_prompt_name?: string | null
  }>(files, names, name)
  if (!config?.default_prompt_name) return ''
  const prompt = config.prompts?.[config.default_prompt_name]
  if (prompt === undefined)
    throw unusable(files, name, `has no prompt ${config.default_prompt_name}, its default_prompt_name`)
  return prompt
}
