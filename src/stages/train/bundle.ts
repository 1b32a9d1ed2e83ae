import { sha256 } from '../../core/digest.js'
import { canonicalJsonPretty } from '../../core/json.js'
import { encodeHead, encodeImageTower } from '../../math/towers/image.js'
import type { ImagePreparation } from '../../math/towers/pixels.js'
import type { Output } from '../define.js'
import type { FeatureSet } from './feature-set.js'
import type { Fitted, Part } from './fit.js'
import type { TextPreparation } from './text-source.js'

/** `expert.json`: what a reader of a bundle has to know, whatever engine made it. */
export interface ExpertDocument {
  readonly version: 1
  readonly engine: 'adapter'
  /** `dense`, `expert-2`, `random-0`… */
  readonly model: string
  readonly embedding_width: number
  /** Pixels are (rgb / 255 − mean) / std, [b, 3, height, width]. */
  readonly image: ImagePreparation
  /**
   * `bundle` names the bundle that holds `text.onnx` and `tokenizer.json` for this one, where they are too
   * large to repeat.
   */
  readonly text: TextPreparation & { readonly bundle: string | null }
  /**
   * Where bundles share all but a linear map: SHA-256 of the shared part. `image.onnx` then has the output
   * `image_features`, and `head.onnx` turns these into `image_embedding`; null where the bundle shares
   * nothing.
   */
  readonly trunk: string | null
  readonly data: { readonly pairs: number; readonly out_of_cluster: number; readonly keys_sha256: string }
}

/**
 * Text towers are equal in all bundles of a run: a small one is repeated so that an expert stands alone, a
 * transformer is kept once; baselines, which nobody takes away, never repeat it.
 */
const largestRepeated = 32_000_000

export async function writeBundle(
  out: Output,
  model: string,
  set: FeatureSet,
  part: Part,
  fitted: Fitted,
): Promise<void> {
  const trunk = await set.file('trunk.onnx')
  const text = await set.file('text.onnx')
  const repeated = model === 'dense' || (model.startsWith('expert-') && text.byteLength <= largestRepeated)
  const rows = part.rows?.length ?? set.rows
  const expert: ExpertDocument = {
    version: 1,
    engine: 'adapter',
    model,
    embedding_width: set.target_width,
    image: set.about.image,
    text: { ...set.about.text, bundle: repeated ? null : 'dense' },
    trunk: sha256(trunk),
    data: { pairs: rows, out_of_cluster: rows - part.own.length, keys_sha256: set.about.keys_sha256 },
  }
  const metrics = {
    version: 1,
    shrinkage: fitted.shrinkage,
    tried: fitted.tried,
    validation: fitted.validation,
  }
  await out.put('expert.json', `${canonicalJsonPretty(expert)}\n`)
  await out.put('image.onnx', encodeImageTower(trunk, fitted.weights, set.width, set.target_width))
  await out.put('head.onnx', encodeHead(fitted.weights, set.width, set.target_width))
  if (repeated) {
    await out.put('text.onnx', text)
    await out.put('tokenizer.json', await set.file('tokenizer.json'))
  }
  await out.put('metrics.json', `${canonicalJsonPretty(metrics)}\n`)
}
