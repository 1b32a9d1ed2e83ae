import sharp from 'sharp'
import { PipelineError } from '../core/error.js'
import type { Pair, SvgDrawing } from './pair.js'

/** Width and height of every picture, in pixels, and the width of its empty border. */
const size = 64
const margin = 2

/** Draws a pair as a PNG, centred on a plain background. */
export async function render(pair: Pair): Promise<Uint8Array> {
  try {
    return await sharp(Buffer.from(page(pair.drawing)))
      .flatten({ background: grounds[pair.ground ?? 'white'] })
      .png({ compressionLevel: 6 })
      .toBuffer()
  } catch (cause) {
    throw new PipelineError({
      code: 'E_QUICKSTART_PICTURE',
      message: `the picture ${pair.id} cannot be drawn`,
      place: pair.from,
      cause,
    })
  }
}

const grounds = { white: '#ffffff', dark: '#1f2937' }

/** The drawing in the middle of a square page; the inner `svg` keeps its proportions and clips the rest. */
function page({ body, left, top, width, height }: SvgDrawing): string {
  const inner = size - 2 * margin
  const black = body.replaceAll('currentColor', 'black')
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
    `width="${size}" height="${size}">` +
    `<svg x="${margin}" y="${margin}" width="${inner}" height="${inner}" viewBox="${left} ` +
    `${top} ${width} ${height}">${black}</svg></svg>`
  )
}

/** Versions that decide the pixels and their bytes, by library. */
export function rendererIdentity(): { readonly [library: string]: string } {
  const { vips, rsvg, png } = sharp.versions as { readonly [library: string]: string | undefined }
  return { vips: vips ?? '', rsvg: rsvg ?? '', png: png ?? '', size: String(size) }
}
