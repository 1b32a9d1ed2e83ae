import type { Encoder, EncoderFiles, EncoderOptions } from '../encoder.js'
import { readJson, unusable } from '../files.js'
import type { EncoderModule } from '../modules.js'
import { loadTokenizer } from '../tokenizer/load.js'
import type { CaptionTokenizer } from '../tokenizer/tokenizer.js'
import { embedStatic, type StaticModel } from './embed.js'
import { readSafetensors, type StoredTensor } from './safetensors.js'
import { integers, widen } from './widen.js'

interface StaticConfig {
  model_type?: string
  max_length?: number | null
  normalize?: boolean
}

/**
 * Loads a static encoder: one vector per token, averaged. There are two layouts with different rules:
 * model2vec (`embeddings`, optional `weights` and `mapping`) drops unknown tokens and truncates at
 * `max_length` (512); sentence-transformers' StaticEmbedding (`embedding.weight`) does neither.
 */
export async function loadStaticEncoder(
  files: EncoderFiles,
  names: ReadonlySet<string>,
  modules: readonly EncoderModule[] | undefined,
  options: EncoderOptions,
): Promise<Encoder> {
  if (options.pooling !== undefined && options.pooling !== 'auto' && options.pooling !== 'mean') {
    throw unusable(files, '', `a static encoder supports only mean pooling, not ${options.pooling}`, {
      expected: 'pooling: mean or auto',
    })
  }
  if (options.device === 'cuda')
    throw unusable(files, '', 'a static encoder runs only on the CPU', { hint: 'remove `device`' })
  for (const module of modules?.slice(1) ?? []) {
    if (module.kind !== 'Normalize') {
      throw unusable(
        files,
        'modules.json',
        `has a module ${module.kind}, which static encoders do not support`,
        {
          expected: 'StaticEmbedding, Normalize',
        },
      )
    }
  }
  const config = (await readJson<StaticConfig>(files, names, 'config.json')) ?? {}
  const folder = modules?.[0]?.folder ?? ''
  const weightsFile = firstOf(files, names, [
    `${folder}model.safetensors`,
    'model.safetensors',
    '0_StaticEmbedding/model.safetensors',
  ])
  const tokenizerFile = firstOf(files, names, [
    `${folder}tokenizer.json`,
    'tokenizer.json',
    '0_StaticEmbedding/tokenizer.json',
  ])
  const tokenizer = await loadTokenizer(files, tokenizerFile, {})
  const model = await readModel(files, weightsFile, tokenizer, config, options)
  return {
    width: model.width,
    about: `static, ${model.rows} tokens, width ${model.width}`,
    comfortable_rows: 8192,
    embed: async (captions, watch) => embedStatic(model, captions, watch),
    close: async () => {},
  }
}

async function readModel(
  files: EncoderFiles,
  name: string,
  tokenizer: CaptionTokenizer,
  config: StaticConfig,
  options: EncoderOptions,
): Promise<StaticModel> {
  const tensors = await tensorsOf(files, name)
  const model2vec = tensors.get('embeddings')
  const stored = model2vec ?? tensors.get('embedding.weight')
  if (stored === undefined)
    throw unusable(files, name, 'has no token vectors', {
      expected: 'a tensor `embeddings` or `embedding.weight`',
      found: [...tensors.keys()].join(', '),
    })
  const [rows, width] = stored.shape
  if (stored.shape.length !== 2 || !rows || !width)
    throw unusable(files, name, 'has token vectors of an unusable shape', {
      expected: '[tokens, width]',
      found: `[${stored.shape.join(', ')}]`,
    })

  const vectors = readOrThrow(files, name, () => widen(stored))
  const mappingTensor = tensors.get('mapping')
  const mapping = mappingTensor && readOrThrow(files, name, () => integers(mappingTensor))
  const tokens = mapping?.length ?? rows
  if (tokens !== tokenizer.vocabulary) {
    throw unusable(files, name, 'does not match the tokenizer: the number of tokens differs', {
      expected: `${tokenizer.vocabulary} (tokenizer.json)`,
      found: String(tokens),
    })
  }
  if (mapping?.some((row) => row >= rows))
    throw unusable(files, name, 'maps a token to a vector that does not exist')

  const weightTensor = tensors.get('weights')
  const weights = weightTensor && readOrThrow(files, name, () => widen(weightTensor))
  if (weights && weights.length !== tokens)
    throw unusable(files, name, 'has a different number of weights than tokens', {
      expected: String(tokens),
      found: String(weights.length),
    })
  const table = mapping || weights ? weighted(vectors, width, tokens, mapping, weights) : vectors

  const isModel2vec = model2vec !== undefined
  const declared = config.max_length === undefined ? 512 : (config.max_length ?? undefined)
  const limit = isModel2vec ? smaller(declared, options.max_tokens) : options.max_tokens
  return {
    tokenizer,
    table,
    rows: tokens,
    width,
    dropped: isModel2vec ? tokenizer.unknown : undefined,
    max_tokens: limit,
    // model2vec truncates the text before tokenizing: to the limit times the median token length (code
    // points).
    max_characters: isModel2vec && limit !== undefined ? limit * tokenizer.medianTokenLength() : undefined,
  }
}

async function tensorsOf(files: EncoderFiles, name: string): Promise<Map<string, StoredTensor>> {
  const bytes = await files.read(name)
  return readOrThrow(files, name, () => readSafetensors(bytes))
}

function readOrThrow<T>(files: EncoderFiles, name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError)
      throw unusable(files, name, error.message, { hint: 'copy or download the encoder again' })
    throw error
  }
}

/**
 * Row i is weight(i) · vector(mapping(i)), rounded to float32 once; the reference does this on every use.
 */
function weighted(
  vectors: Float32Array,
  width: number,
  tokens: number,
  mapping: Uint32Array | undefined,
  weights: Float32Array | undefined,
): Float32Array {
  const table = new Float32Array(tokens * width)
  for (let token = 0; token < tokens; token++) {
    const from = (mapping ? (mapping[token] as number) : token) * width
    const weight = weights ? (weights[token] as number) : 1
    for (let j = 0; j < width; j++) table[token * width + j] = (vectors[from + j] as number) * weight
  }
  return table
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b)
}

function firstOf(files: EncoderFiles, names: ReadonlySet<string>, candidates: readonly string[]): string {
  const found = candidates.find((name) => names.has(name))
  if (found === undefined) throw unusable(files, '', `the encoder folder has no ${candidates[0]}`)
  return found
}
