import type { Fit } from '../resize/fit.js'
import type { Interpolation } from '../resize/resample.js'
import type { Tensor } from '../session.js'

/** How images are prepared for a model, as in `expert.json`. */
export interface ImagePreparation {
  readonly width: number
  readonly height: number
  readonly fit: Fit
  /**
   * Resize like Pillow, after `convert('RGB')`. If undefined, sharp resizes, with transparency over white.
   */
  readonly interpolation?: Interpolation | undefined
  /** Per channel, on pixels in [0, 1]. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/**
 * Images per run of a graph: few, so that activations stay in the cache. Fixed, and never one, since a single
 * row uses other kernels.
 */
export const imageBatch = 8

/**
 * Returns [images, 3, height, width]. A single image is duplicated; the caller ignores the second row of the
 * result.
 */
export function pixelTensor(
  images: readonly Uint8Array[],
  { width, height, mean, std }: ImagePreparation,
): Tensor {
  const rows = images.length === 1 ? [images[0]!, images[0]!] : images
  const area = width * height
  const data = new Float32Array(rows.length * 3 * area)
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * std[channel]!)
    const shift = mean[channel]! / std[channel]!
    rows.forEach((rgb, row) => {
      const at = (row * 3 + channel) * area
      for (let pixel = 0; pixel < area; pixel++) data[at + pixel] = rgb[pixel * 3 + channel]! * scale - shift
    })
  }
  return { type: 'float32', data, dims: [rows.length, 3, height, width] }
}
