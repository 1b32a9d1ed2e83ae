import { flag, list, number, object, oneOf, optional, type Shape } from '../core/shape.js'
import type { ImagePreparation } from '../math/towers/pixels.js'

/** How a text is converted to the ids that a model reads. */
export interface TextPreparation {
  /** Longer texts are truncated to this many tokens, special tokens included. */
  readonly context_length: number
  readonly pad_id: number
  readonly lowercase: boolean
  /** Texts are padded to the full length, for graphs that accept no other. */
  readonly fixed_length: boolean
}

export const textMembers = {
  context_length: number,
  pad_id: number,
  lowercase: flag,
  fixed_length: flag,
}

export const textPreparation: Shape<TextPreparation> = object(textMembers)

export const imagePreparation: Shape<ImagePreparation> = object({
  width: number,
  height: number,
  fit: oneOf('cover', 'contain', 'fill'),
  interpolation: optional(oneOf('bicubic', 'bilinear')),
  mean: list(number),
  std: list(number),
})
