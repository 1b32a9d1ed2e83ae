import type { ImagePreparation } from '../../math/towers/pixels.js'
import type { Standard } from '../../math/towers/image.js'

/** Collects images one at a time, then computes their features. */
export interface ImageFeatures {
  readonly preparation: ImagePreparation
  /** RGB bytes of the prepared size, one array per image. */
  add(images: readonly Uint8Array[]): Promise<void>
  /**
   * `order`: the index of each row's image, in order of `add`. `features` is [rows, width]; `trunk` is the
   * graph that computes them from pixels, standardised.
   */
  finish(order: readonly number[]): Promise<{
    readonly features: Float32Array
    readonly width: number
    trunk(standard: Standard): Uint8Array
  }>
}
