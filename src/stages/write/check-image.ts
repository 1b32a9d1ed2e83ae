import type { CrawlImage } from '../../io/crawl/row.js'
import { imageExtensionOf } from '../../io/image/type.js'
import { decodeImage, ImageError } from '../../io/image/image.js'
import { imageStructure } from '../../io/image/structure.js'
import type { WriteOptions } from './options.js'

/** What a look at an image found: the extension that it is written with, or why it cannot be. */
export type Looked =
  | { readonly extension: string; readonly trouble?: undefined }
  | { readonly extension?: undefined; readonly trouble: string }

/**
 * Looks as deep as asked. Only formats that the trainers of the field read are let through (JPEG, PNG, WebP),
 * by their bytes and not their names.
 */
export function lookAt(
  image: CrawlImage | undefined,
  depth: WriteOptions['images'],
): Looked | Promise<Looked> {
  if (!image?.bytes) return { trouble: 'image_missing' }
  if (depth === 'none') {
    const extension = imageExtensionOf(image.bytes)
    return { extension: extension === 'bin' ? image.extension : extension }
  }
  try {
    const { extension } = imageStructure(image.bytes)
    if (depth === 'header') return { extension }
    return decodeImage(image.bytes).then(() => ({ extension }), troubleOf)
  } catch (error) {
    return troubleOf(error)
  }
}

function troubleOf(error: unknown): Looked {
  if (error instanceof ImageError) return { trouble: error.reason }
  throw error
}
