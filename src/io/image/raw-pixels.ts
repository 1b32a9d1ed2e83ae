import sharp from 'sharp'
import { attempt, mostPixels, type DecodedImage } from './image.js'

/**
 * RGB at its own size as Pillow's `convert('RGB')` gives it, for models that were trained on that:
 * transparency is dropped, what lies under it shows, and EXIF rotations are left alone. Throws `ImageError`.
 */
export async function decodeRaw(bytes: Uint8Array): Promise<DecodedImage> {
  const { data, info } = await attempt(bytes, () =>
    sharp(bytes, { limitInputPixels: mostPixels, failOn: 'error' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  )
  if (info.channels === 3) return { width: info.width, height: info.height, rgb: data }
  const rgb = new Uint8Array(info.width * info.height * 3)
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * info.channels]!
  return { width: info.width, height: info.height, rgb }
}
