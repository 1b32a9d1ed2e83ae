import { number, object, optional, text, type Shape } from '../core/shape.js'
import { putPretty, type Puts } from './document.js'
import { readOrRecall, type Recorded } from './recorded.js'

/** `encoder.json` of vectors: what the encoder that made them says about itself. */
export interface EncoderWords {
  readonly about?: string | undefined
  readonly width?: number | undefined
}

export const encoderWords: Shape<EncoderWords> = object({ about: optional(text), width: optional(number) })

export const encoderWordsName = 'encoder.json'

export function writeEncoderWords(out: Puts, document: EncoderWords): Promise<void> {
  return putPretty(out, encoderWordsName, document)
}

export function readEncoderWords(artefact: Recorded): Promise<EncoderWords> {
  return readOrRecall(artefact, encoderWordsName, encoderWords, ({ encoder }) => encoder ?? {})
}
