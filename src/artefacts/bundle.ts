import { nullable, number, object, optional, text, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import type { ImagePreparation } from '../math/towers/pixels.js'
import { putPretty, type DocumentSink } from './document.js'
import { imagePreparation, textMembers, type TextPreparation } from './preparation.js'

/**
 * `expert.json`: what a reader of a bundle needs to know, whichever engine wrote it. A trainer may write
 * more, and omit what is optional.
 */
export interface Expert {
  readonly version?: number | undefined
  readonly engine?: string | undefined
  /** `dense`, `expert-2`, `random-0`… */
  readonly model: string
  readonly embedding_width: number
  /** Pixels are (rgb / 255 − mean) / std, [b, 3, height, width]. */
  readonly image: ImagePreparation
  /**
   * `bundle` names the bundle with the `text.onnx` and `tokenizer.json` of this one, if they are too large to
   * copy.
   */
  readonly text: TextPreparation & { readonly bundle?: string | null | undefined }
  /**
   * SHA-256 of the shared part, if bundles share all but a linear map. `image.onnx` then has the output
   * `image_features`, and `head.onnx` maps it to `image_embedding`; null if the bundle shares nothing.
   */
  readonly trunk?: string | null | undefined
}

/** Additional members that our own engine writes. */
export interface AdapterExpert extends Expert {
  readonly version: 1
  readonly engine: 'adapter'
  readonly trunk: string
  readonly data: { readonly pairs: number; readonly out_of_cluster: number; readonly keys_sha256: string }
}

export const expert: Shape<Expert> = object({
  version: optional(number),
  engine: optional(text),
  model: text,
  embedding_width: number,
  image: imagePreparation,
  text: object({ ...textMembers, bundle: optional(nullable(text)) }),
  trunk: optional(nullable(text)),
})

export const expertName = 'expert.json'

export function writeExpert(out: DocumentSink, document: AdapterExpert): Promise<void> {
  return putPretty(out, expertName, document)
}

export async function readExpert(files: Files): Promise<Expert> {
  return readJsonOf(files, expertName, expert)
}
