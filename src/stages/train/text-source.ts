import type { TextPreparation } from '../../artefacts/preparation.js'
import type { Whitening } from '../../math/ridge/whiten.js'

/** The source of the experts' text tower. */
export interface TextSource {
  readonly width: number
  readonly about: string
  readonly preparation: TextPreparation
  readonly tokenizer: Uint8Array
  /** Unit vectors [captions, width]; captions that cannot be embedded are listed in `invalid`. */
  embed(captions: readonly string[]): Promise<{
    readonly vectors: Float32Array
    readonly invalid: readonly { readonly index: number; readonly reason: string }[]
  }>
  /** `text.onnx`: the source's own graph followed by the whitening. */
  tower(whitening: Whitening): Promise<Uint8Array>
  close(): Promise<void>
}
