import { list, number, object, text, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import type { ImagePreparation } from '../math/towers/pixels.js'
import type { DocumentSink } from './document.js'
import { imagePreparation, textPreparation, type TextPreparation } from './preparation.js'

/** `rows.json` of the features that models are fitted to. */
export interface FeatureRows {
  readonly width: number
  readonly target_width: number
  /** Expert of every row; -1 if only out-of-cluster copies were read. */
  readonly home: readonly number[]
  /** Rows of the validation split. */
  readonly validation: readonly number[]
  /** Per expert: rows of other experts that it also sees. */
  readonly out_of_cluster: readonly (readonly number[])[]
  /** Rows with the same caption have the same number. */
  readonly caption: readonly number[]
  readonly image: ImagePreparation
  readonly text: TextPreparation
  readonly text_about: string
  /** SHA-256 over the keys in order. */
  readonly keys_sha256: string
}

const numbers = list(number)

export const featureRows: Shape<FeatureRows> = object({
  width: number,
  target_width: number,
  home: numbers,
  validation: numbers,
  out_of_cluster: list(numbers),
  caption: numbers,
  image: imagePreparation,
  text: textPreparation,
  text_about: text,
  keys_sha256: text,
})

export const featureRowsName = 'rows.json'

export function writeFeatureRows(out: DocumentSink, document: FeatureRows): Promise<void> {
  return out.put(featureRowsName, JSON.stringify(document))
}

export async function readFeatureRows(files: Files): Promise<FeatureRows> {
  return readJsonOf(files, featureRowsName, featureRows)
}
