import { imageExtensionOf, unsupportedFormatOf } from './type.js'
import { ImageError, refuseBomb } from './image.js'

export interface ImageStructure {
  /** By its bytes: `jpg`, `png`, `webp`, … */
  readonly extension: string
  readonly width: number
  readonly height: number
}

/** The markers are not as they should be, which decoders may forgive. */
export class DoubtfulImage extends ImageError {
  /** By its bytes. */
  readonly extension: string

  constructor({ reason, message }: ImageError, extension: string) {
    super(reason, message)
    this.extension = extension
  }
}

/**
 * Size and completeness of a JPEG, PNG or WebP from its markers alone, in microseconds: a truncated
 * download has no end marker. Does not decode pixels. Throws `ImageError`; a `DoubtfulImage` is broken only
 * if it cannot be decoded.
 */
export function imageStructure(bytes: Uint8Array): ImageStructure {
  if (bytes.byteLength === 0) throw new ImageError('image_empty', 'no bytes')
  const extension = imageExtensionOf(bytes)
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sizeOf = sizes[extension]
  if (!sizeOf) {
    const format = extension === 'bin' ? unsupportedFormatOf(bytes) : extension
    throw format === undefined
      ? new ImageError('image_unknown_format', extension)
      : new ImageError('image_format_unsupported', format)
  }
  try {
    const size = sizeOf(data)
    if (size.width === 0 || size.height === 0)
      throw new ImageError('image_undecodable', `${size.width}×${size.height} pixels`)
    refuseBomb(size)
    return { extension, ...size }
  } catch (error) {
    if (!(error instanceof ImageError) || error.reason === 'image_too_large') throw error
    throw new DoubtfulImage(error, extension)
  }
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
    const startOfFrame =
      marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (startOfFrame) {
      if (data.lastIndexOf(endOfImage) < at) throw truncated()
      const [height, width] = [data.readUInt16BE(at + 5), data.readUInt16BE(at + 7)]
      if (Math.max(height, width) <= mostJpegSide) return { height, width }
      throw new ImageError('image_undecodable', `${width}×${height} pixels`)
    }
    const length = data.readUInt16BE(at + 2)
    if (!isTableMarker(marker) || length < 2)
      throw new ImageError('image_undecodable', `an odd JPEG marker at byte ${at}`)
    at += 2 + length
  }
  throw truncated()
}

/** What libjpeg, and so Pillow, takes at most (`JPEG_MAX_DIMENSION`). */
const mostJpegSide = 65_500

/** Tables, application data and comments: what writers put before a frame. */
const isTableMarker = (marker: number) =>
  marker === 0xc4 ||
  marker === 0xcc ||
  (marker >= 0xdb && marker <= 0xdd) ||
  (marker >= 0xe0 && marker <= 0xfe)

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

const sizes: { readonly [extension: string]: (data: Buffer) => Size } = {
  jpg: jpegSize,
  png: pngSize,
  webp: webpSize,
}

const truncated = () => new ImageError('image_truncated', 'it ends before its end marker')
