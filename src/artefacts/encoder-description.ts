import { number, object, optional, text, type Shape } from '../core/shape.js'
import { putPretty, type DocumentSink } from './document.js'
import { readOrReconstruct, type Recorded } from './recorded.js'

/** `encoder.json` of vectors: the encoder that made them. */
export interface EncoderDescription {
  readonly about?: string | undefined
  readonly width?: number | undefined
}

export const encoderDescription: Shape<EncoderDescription> = object({
  about: optional(text),
  width: optional(number),
})

export const encoderDescriptionName = 'encoder.json'

export function writeEncoderDescription(out: DocumentSink, document: EncoderDescription): Promise<void> {
  return putPretty(out, encoderDescriptionName, document)
}

export function readEncoderDescription(artefact: Recorded): Promise<EncoderDescription> {
  return readOrReconstruct(
    artefact,
    encoderDescriptionName,
    encoderDescription,
    ({ encoder }) => encoder ?? {},
  )
}
