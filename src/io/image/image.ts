import sharp from 'sharp'

/** Images through sharp (libvips). Bytes that are not an image throw an `ImageError`, never crash. */

export class ImageError extends Error {
  /** A drop reason: `image_empty`, `image_unknown_format`, `image_undecodable`, `image_too_large`. */
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

export interface ImageHeader {
  readonly format: string
  readonly width: number
  readonly height: number
}

export interface DecodedImage {
  readonly width: number
  readonly height: number
  /** Row-major, three bytes per pixel. */
  readonly rgb: Uint8Array
}

/**
 * Larger images are refused by their header, as decompression bombs: twice Pillow's `Image.MAX_IMAGE_PIXELS`
 * (1 GiB / 4 / 3 bytes a pixel). Above it, Pillow throws `DecompressionBombError`, so that the loaders of
 * open_clip and WebDataset lose the sample; up to it, Pillow at most warns.
 */
export const mostPixels = 2 * Math.floor(2 ** 30 / 4 / 3)

/** Reads only the header. Throws `ImageError`. */
export async function imageHeader(bytes: Uint8Array): Promise<ImageHeader> {
  const { format, width, height } = await attempt(bytes, () =>
    sharp(bytes, { limitInputPixels: false }).metadata(),
  )
  refuseBomb({ width, height })
  return { format, width, height }
}

/** Throws an `ImageError` for an image that trainers would refuse for its size. */
export function refuseBomb({ width, height }: { readonly width: number; readonly height: number }): void {
  if (width * height > mostPixels) throw new ImageError('image_too_large', `${width}×${height} pixels`)
}

/** Decodes every pixel and keeps none. Throws `ImageError`. */
export async function tryToDecode(bytes: Uint8Array): Promise<void> {
  await attempt(bytes, () =>
    sharp(bytes, { limitInputPixels: mostPixels, failOn: 'error' })
      // Scaling reads all rows as a stream, so that a large image takes little memory.
      .resize(8, 8, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })
      .raw()
      .toBuffer(),
  )
}

export interface DecodeOptions {
  readonly size?: { readonly width: number; readonly height: number } | undefined
  /** `fill` stretches, `cover` keeps the aspect and crops the middle. */
  readonly fit?: 'fill' | 'cover' | undefined
}

/**
 * Decodes to RGB as people see the image: rotated according to EXIF, transparency over white, greyscale
 * expanded. Throws `ImageError`.
 */
export async function decodeImage(
  bytes: Uint8Array,
  { size, fit = 'cover' }: DecodeOptions = {},
): Promise<DecodedImage> {
  const { data, info } = await attempt(bytes, () => {
    let pipeline = sharp(bytes, { limitInputPixels: mostPixels, failOn: 'error' })
      .rotate()
      .toColourspace('srgb')
    if (size)
      pipeline = pipeline.resize(size.width, size.height, { fit, kernel: 'cubic', fastShrinkOnLoad: false })
    return pipeline
      .flatten({ background: '#ffffff' })
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
  })
  if (info.channels === 3) return { width: info.width, height: info.height, rgb: data }
  const rgb = new Uint8Array(info.width * info.height * 3)
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * info.channels] as number
  return { width: info.width, height: info.height, rgb }
}

/** Runs sharp; turns its errors into `ImageError`. */
export async function attempt<T>(bytes: Uint8Array, work: () => Promise<T>): Promise<T> {
  if (bytes.byteLength === 0) throw new ImageError('image_empty', 'no bytes')
  try {
    return await work()
  } catch (error) {
    const message = (error as Error).message.split('\n')[0] ?? ''
    if (/unsupported image format/i.test(message)) throw new ImageError('image_unknown_format', message)
    if (/pixel limit/i.test(message)) throw new ImageError('image_too_large', message)
    throw new ImageError('image_undecodable', message)
  }
}

/**
 * A PNG of at most `pixels` on its longer side, with a palette to stay small; undefined if the bytes are
 * not an image.
 */
export async function thumbnail(bytes: Uint8Array, pixels: number): Promise<Uint8Array | undefined> {
  try {
    return await attempt(bytes, () =>
      sharp(bytes, { limitInputPixels: mostPixels })
        .rotate()
        .resize(pixels, pixels, { fit: 'inside', withoutEnlargement: true })
        .png({ palette: true, colours: 64, effort: 4 })
        .toBuffer(),
    )
  } catch {
    return undefined
  }
}
