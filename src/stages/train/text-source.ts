import type { TextPreparation } from '../../artefacts/preparation.js'
import type { Whitening } from '../../math/ridge/whiten.js'

/** Where the text side of the experts comes from. */
export interface TextSource {
  readonly width: number
  readonly about: string
  readonly preparation: TextPreparation
  readonly tokenizer: Uint8Array
  /** Unit vectors [captions, width]; what cannot be embedded is named. */
  embed(captions: readonly string[]): Promise<{
    readonly vectors: Float32Array
    readonly invalid: readonly { readonly index: number; readonly reason: string }[]
  }>
  /** `text.onnx`: the source's own graph with the whitening behind it. */
  tower(whitening: Whitening): Promise<Uint8Array>
  close(): Promise<void>
}
