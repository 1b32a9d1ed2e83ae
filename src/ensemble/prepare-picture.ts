import { decodeImage } from '../io/image/image.js'
import { decodeRaw } from '../io/image/raw-pixels.js'
import { fitPicture } from '../math/resize/fit.js'
import type { ImagePreparation } from '../math/towers/pixels.js'

/** How an image is resized: a preparation without the scale of its pixels. */
export type Resizing = Pick<ImagePreparation, 'width' | 'height' | 'fit' | 'interpolation'>

/** RGB bytes of one image in each of the sizes that the models need. Throws `ImageError`. */
export async function preparePicture(
  image: Uint8Array,
  resizings: readonly Resizing[],
): Promise<Uint8Array[]> {
  const raw = resizings.some(({ interpolation }) => interpolation) ? await decodeRaw(image) : undefined
  return Promise.all(
    resizings.map(async ({ width, height, fit, interpolation }) => {
      if (raw && interpolation) return fitPicture(raw, { width, height, fit, interpolation }).rgb
      return (await decodeImage(image, { size: { width, height }, fit: fit === 'fill' ? 'fill' : 'cover' }))
        .rgb
    }),
  )
}

/** The distinct resizings of several models, so that each image is resized once per size. */
export function distinctResizings(all: readonly Resizing[]): {
  readonly distinct: readonly Resizing[]
  /** Position among `distinct`, by model. */
  readonly positions: readonly number[]
} {
  const distinct: Resizing[] = []
  const positions = all.map((own) => {
    const found = distinct.findIndex((other) => sameResizing(own, other))
    return found < 0 ? distinct.push(own) - 1 : found
  })
  return { distinct, positions }
}

function sameResizing(a: Resizing, b: Resizing): boolean {
  return (
    a.width === b.width && a.height === b.height && a.fit === b.fit && a.interpolation === b.interpolation
  )
}
