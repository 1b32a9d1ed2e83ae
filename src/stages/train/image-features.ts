import type { ImagePreparation } from '../../math/towers/pixels.js'
import type { Standard } from '../../math/towers/image.js'

/** Collects images one after the other, then gives their features. */
export interface ImageFeatures {
  readonly preparation: ImagePreparation
  /** RGB bytes of the prepared size, one array an image. */
  add(images: readonly Uint8Array[]): Promise<void>
  /**
   * `order`: numbers of the images as they came, in the order of the rows wanted. `features` is [rows,
   * width]; `trunk` the graph that makes them from pixels, standardised.
   */
  finish(order: readonly number[]): Promise<{
    readonly features: Float32Array
    readonly width: number
    trunk(standard: Standard): Uint8Array
  }>
}
