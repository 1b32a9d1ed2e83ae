import type { CrawlImage } from '../../io/crawl/row.js'
import { imageExtensionOf } from '../../io/image/type.js'
import { decodeImage, ImageError, tryToDecode } from '../../io/image/image.js'
import { DoubtfulImage, imageStructure } from '../../io/image/structure.js'
import type { WriteOptions } from './options.js'

/** Result of checking an image: the extension to write it with, or why it is dropped. */
export type ImageCheck =
  | { readonly extension: string; readonly trouble?: undefined }
  | { readonly extension?: undefined; readonly trouble: string }

/**
 * Checks to the depth of the option `images`. Only formats that the common trainers read are accepted (JPEG,
 * PNG, WebP), by their bytes rather than their names.
 */
export function checkImage(
  image: CrawlImage | undefined,
  depth: WriteOptions['images'],
): ImageCheck | Promise<ImageCheck> {
  // A member whose bytes were asked for and not read is above the limit of the reader.
  if (!image?.bytes) return { trouble: image?.member === undefined ? 'image_missing' : 'image_too_large' }
  if (depth === 'none') {
    const extension = imageExtensionOf(image.bytes)
    return { extension: extension === 'bin' ? image.extension : extension }
  }
  try {
    const { extension } = imageStructure(image.bytes)
    if (depth === 'header') return { extension }
    return decodeImage(image.bytes).then(() => ({ extension }), rejected)
  } catch (error) {
    return error instanceof DoubtfulImage ? checkDoubtful(image.bytes, error) : rejected(error)
  }
}

/** What decodes is not called broken, whatever its markers are like. */
function checkDoubtful(bytes: Uint8Array, doubt: DoubtfulImage): Promise<ImageCheck> {
  return tryToDecode(bytes).then(
    () => ({ extension: doubt.extension }),
    (error: unknown) =>
      rejected(error instanceof ImageError && error.reason === 'image_undecodable' ? doubt : error),
  )
}

function rejected(error: unknown): ImageCheck {
  if (error instanceof ImageError) return { trouble: error.reason }
  throw error
}
