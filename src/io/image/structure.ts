import { imageExtensionOf } from './type.js'
import { ImageError } from './image.js'

export interface ImageStructure {
  /** By its bytes: `jpg`, `png`, `webp`, … */
  readonly extension: string
  readonly width: number
  readonly height: number
}

/**
 * Size and completeness of a JPEG, PNG or WebP from its markers alone, in microseconds: a truncated
 * download has no end marker. Does not decode pixels. Throws `ImageError`.
 */
export function imageStructure(bytes: Uint8Array): ImageStructure {
  if (bytes.byteLength === 0) throw new ImageError('image_empty', 'no bytes')
  const extension = imageExtensionOf(bytes)
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size =
    extension === 'jpg'
      ? jpegSize(data)
      : extension === 'png'
        ? pngSize(data)
        : extension === 'webp'
          ? webpSize(data)
          : undefined
  if (!size)
    throw new ImageError(extension === 'bin' ? 'image_unknown_format' : 'image_format_unsupported', extension)
  if (size.width === 0 || size.height === 0)
    throw new ImageError('image_undecodable', `${size.width}×${size.height} pixels`)
  return { extension, ...size }
}

interface Size {
  readonly width: number
  readonly height: number
}

/** ITU-T T.81, annex B: segments up to the start of frame. */
function jpegSize(data: Buffer): Size {
  for (let at = 2; at + 9 < data.length;) {
    if (data[at] !== 0xff) throw new ImageError('image_undecodable', `no JPEG marker at byte ${at}`)
    const marker = data[at + 1] as number
    if (marker === 0xff) {
      at += 1
      continue
    }
    const alone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
    const startOfFrame =
      marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (startOfFrame) {
      if (data.lastIndexOf(endOfImage) < at) throw truncated()
      return { height: data.readUInt16BE(at + 5), width: data.readUInt16BE(at + 7) }
    }
    at += alone ? 2 : 2 + data.readUInt16BE(at + 2)
  }
  throw truncated()
}

const endOfImage = Buffer.from([0xff, 0xd9])

function pngSize(data: Buffer): Size {
  if (data.length < 33 || data.lastIndexOf('IEND', undefined, 'latin1') < 33) throw truncated()
  return { width: data.readUInt32BE(16), height: data.readUInt32BE(20) }
}

/** RFC 9649: simple lossy, simple lossless and extended files. */
function webpSize(data: Buffer): Size {
  if (data.length < 30 || data.readUInt32LE(4) + 8 > data.length + 1) throw truncated()
  switch (data.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: data.readUInt16LE(26) & 0x3fff, height: data.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const packed = data.readUInt32LE(21)
      return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: data.readUIntLE(24, 3) + 1, height: data.readUIntLE(27, 3) + 1 }
    default:
      throw new ImageError('image_undecodable', 'a WebP without a picture')
  }
}

const truncated = () => new ImageError('image_truncated', 'it ends before its end marker')
