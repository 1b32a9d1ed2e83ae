import type { Encoder, EncoderFiles, EncoderOptions } from './encoder.js'
import { readJson, unusable } from './files.js'
import { readModules } from './modules.js'
import { loadStaticEncoder } from './static/load.js'
import { loadTransformerEncoder } from './transformer/load.js'

/**
 * Loads the encoder in a folder: a static one (model2vec, or sentence-transformers with `StaticEmbedding`),
 * or a transformer as an ONNX graph. Throws `E_ENCODER` for anything in its configuration that is not
 * supported.
 */
export async function loadEncoder(files: EncoderFiles, options: EncoderOptions = {}): Promise<Encoder> {
  const names = new Set(await files.list())
  if (names.size === 0) throw unusable(files, '', 'the encoder folder is empty or does not exist')
  const modules = await readModules(files, names)
  const config = await readJson<{ model_type?: string }>(files, names, 'config.json')
  if (modules?.[0]?.kind === 'StaticEmbedding' || config?.model_type === 'model2vec') {
    return loadStaticEncoder(files, names, modules, options)
  }
  return loadTransformerEncoder(files, names, modules, options)
}
