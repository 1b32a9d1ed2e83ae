import type { CrawlImage } from '../../io/crawl/row.js'
import { decodeImage, imageHeader, ImageError } from '../../io/image.js'
import type { WriteOptions } from './options.js'

/** What the trainers of the field read. */
const readable = new Set(['jpg', 'jpeg', 'png', 'webp'])

/** Why an image cannot be written, or undefined. */
export async function imageTrouble(image: CrawlImage | undefined, depth: WriteOptions['images']): Promise<string | undefined> {
  if (!image?.bytes) return 'image_missing'
  if (image.bytes.byteLength === 0) return 'image_empty'
  if (depth === 'none') return undefined
  try {
    if (depth === 'decode') await decodeImage(image.bytes)
    else await imageHeader(image.bytes)
  } catch (error) {
    if (error instanceof ImageError) return error.reason
    throw error
  }
  return readable.has(image.extension) ? undefined : 'image_format_unsupported'
}
