import { decodeImage } from '../io/image/image.js'
import { decodeRaw } from '../io/image/raw-pixels.js'
import { fitPicture } from '../math/resize/fit.js'
import type { ImagePreparation } from '../math/towers/pixels.js'

/** RGB bytes of one image in each of the ways in which models want it. Throws `ImageError`. */
export async function preparePicture(
  image: Uint8Array,
  preparations: readonly ImagePreparation[],
): Promise<Uint8Array[]> {
  const raw = preparations.some(({ interpolation }) => interpolation) ? await decodeRaw(image) : undefined
  return Promise.all(
    preparations.map(async ({ width, height, fit, interpolation }) => {
      if (raw && interpolation) return fitPicture(raw, { width, height, fit, interpolation }).rgb
      return (await decodeImage(image, { size: { width, height }, fit: fit === 'fill' ? 'fill' : 'cover' }))
        .rgb
    }),
  )
}
