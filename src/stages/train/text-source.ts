import type { Whitening } from '../../math/ridge/whiten.js'

/** How a text becomes the ids of a model, as `expert.json` says it. */
export interface TextPreparation {
  /** Longer texts are cut after so many tokens, special tokens counted. */
  readonly context_length: number
  readonly pad_id: number
  readonly lowercase: boolean
  /** Texts are padded to the full length, for graphs that take no other. */
  readonly fixed_length: boolean
}

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
