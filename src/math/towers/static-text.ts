import type { EncoderFiles } from '../encoder/encoder.js'
import { unusable } from '../encoder/files.js'
import { readModules } from '../encoder/modules.js'
import { readSafetensors, type StoredTensor } from '../encoder/static/safetensors.js'
import { integers, widen } from '../encoder/static/widen.js'
import { loadTokenizer } from '../encoder/tokenizer/load.js'
import type { StaticText } from './text.js'

export interface StaticTextFiles {
  readonly text: StaticText
  /** tokenizer.json without special tokens, truncation and padding, as static encoders need. */
  readonly tokenizer: Uint8Array
  readonly max_tokens: number
}

/** Whether the folder is a static encoder (model2vec, or StaticEmbedding of sentence-transformers). */
export async function isStatic(files: EncoderFiles): Promise<boolean> {
  const names = new Set(await files.list())
  const modules = await readModules(files, names)
  if (modules?.[0]?.kind === 'StaticEmbedding') return true
  if (!names.has('config.json')) return false
  const config = JSON.parse(Buffer.from(await files.read('config.json')).toString('utf8')) as {
    model_type?: string
  }
  return config.model_type === 'model2vec'
}

/** Reads the tables of a static encoder in their stored types, so that the text tower stays small. */
export async function readStaticText(files: EncoderFiles): Promise<StaticTextFiles> {
  const names = new Set(await files.list())
  const folder = (await readModules(files, names))?.[0]?.folder ?? ''
  const find = (name: string) =>
    [`${folder}${name}`, name, `0_StaticEmbedding/${name}`].find((candidate) => names.has(candidate)) ?? name
  const tensors = readSafetensors(await files.read(find('model.safetensors')))
  const model2vec = tensors.get('embeddings')
  const stored = model2vec ?? tensors.get('embedding.weight')
  const [rows, width] = stored?.shape ?? []
  if (!stored || !rows || !width) throw unusable(files, 'model.safetensors', 'has no token vectors')
  const tokenizer = await loadTokenizer(files, find('tokenizer.json'), {})
  const mappingTensor = tensors.get('mapping')
  const mapping = mappingTensor ? integers(mappingTensor) : undefined
  const weightTensor = tensors.get('weights')
  const weights = weightTensor ? widen(weightTensor) : new Float32Array(mapping?.length ?? rows).fill(1)
  // model2vec leaves unknown tokens out of the mean; StaticEmbedding keeps them.
  if (model2vec && tokenizer.unknown !== undefined) weights[tokenizer.unknown] = 0
  const definition = JSON.parse(
    Buffer.from(await files.read(find('tokenizer.json'))).toString('utf8'),
  ) as object
  return {
    text: { vectors: asStored(stored), rows, width, mapping, weights },
    tokenizer: Buffer.from(
      JSON.stringify({ ...definition, post_processor: null, truncation: null, padding: null }),
    ),
    max_tokens: 512,
  }
}

function asStored(tensor: StoredTensor): StaticText['vectors'] {
  // A copy at the start of its own buffer; `slice` of a Buffer would share memory.
  const copy = new Uint8Array(tensor.bytes).buffer
  if (tensor.dtype === 'I8') return { type: 'int8', data: new Int8Array(copy) }
  if (tensor.dtype === 'F16') return { type: 'float16', data: new Uint16Array(copy) }
  return { type: 'float32', data: widen(tensor) }
}
