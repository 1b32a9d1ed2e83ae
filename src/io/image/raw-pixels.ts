import sharp from 'sharp'
import { attempt, mostPixels, type DecodedImage } from './image.js'

/**
 * Decodes to RGB at the original size like Pillow's `convert('RGB')`, for models that were trained on that:
 * drops transparency, which shows the colours under it, and ignores EXIF rotation. Throws `ImageError`.
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
