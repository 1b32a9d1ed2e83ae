import { isExpert } from '../../core/model-key.js'
import { writeExpert } from '../../artefacts/bundle.js'
import { writeMetrics } from '../../artefacts/metrics.js'
import { sha256 } from '../../core/digest.js'
import { encodeHead, encodeImageTower } from '../../math/towers/image.js'
import type { Output } from '../define.js'
import type { FeatureSet } from './feature-set.js'
import type { Fitted, Part } from './fit.js'

/**
 * Text towers are the same in all bundles of a run: a small one is copied into each expert so that it is
 * self-contained, a transformer is stored once; baselines, which are not used alone, never get a copy.
 */
const maxCopiedBytes = 32_000_000

export async function writeBundle(
  out: Output,
  model: string,
  set: FeatureSet,
  part: Part,
  fitted: Fitted,
): Promise<void> {
  const trunk = await set.file('trunk.onnx')
  const text = await set.file('text.onnx')
  const copied = model === 'dense' || (isExpert(model) && text.byteLength <= maxCopiedBytes)
  const rows = part.rows?.length ?? set.rows
  await writeExpert(out, {
    version: 1,
    engine: 'adapter',
    model,
    embedding_width: set.target_width,
    image: set.about.image,
    text: { ...set.about.text, bundle: copied ? null : 'dense' },
    trunk: sha256(trunk),
    data: { pairs: rows, out_of_cluster: rows - part.own.length, keys_sha256: set.about.keys_sha256 },
  })
  await out.put('image.onnx', encodeImageTower(trunk, fitted.weights, set.width, set.target_width))
  await out.put('head.onnx', encodeHead(fitted.weights, set.width, set.target_width))
  if (copied) {
    await out.put('text.onnx', text)
    await out.put('tokenizer.json', await set.file('tokenizer.json'))
  }
  await writeMetrics(out, {
    version: 1,
    shrinkage: fitted.shrinkage,
    tried: fitted.tried,
    validation: fitted.validation,
  })
}
