/** Extensions of a sample's image, in order of preference. The last ones are other names of JPEG. */
export const imageExtensions = [
  'jpg',
  'jpeg',
  'png',
  'webp',
  'gif',
  'avif',
  'tif',
  'tiff',
  'bmp',
  'jfif',
  'jpe',
  'jif',
  'jfi',
  'pjpeg',
  'pjp',
] as const

/** Extensions of pictures in formats that are not read: their samples are dropped for it. */
export const unsupportedExtensions = ['heic', 'heif', 'hif', 'jxl', 'jp2', 'j2k', 'jpx', 'svg', 'psd']

/**
 * The extensions of open_clip's loader, in its order: `doctor` and the trainer use the image that the
 * loader would take.
 */
export const loaderExtensions = ['jpg', 'png', 'jpeg', 'webp'] as const

export type ImageExtension = (typeof imageExtensions)[number]

export function isImageExtension(extension: string): extension is ImageExtension {
  return imageExtensions.some((one) => one === extension)
}

/** Chooses the image among a sample's members; the same one wherever samples are read. */
export function imageOf<M>(
  members: ReadonlyMap<string, M>,
  order: readonly ImageExtension[] = imageExtensions,
): { readonly extension: ImageExtension; readonly member: M } | undefined {
  for (const extension of order) {
    const member = members.get(extension)
    if (member !== undefined) return { extension, member }
  }
  return undefined
}

/** Extension by the first bytes, since images in parquet rows have no names. `bin` if unknown. */
export function imageExtensionOf(bytes: Uint8Array): string {
  const at = (offset: number, ...expected: number[]) =>
    expected.every((byte, i) => bytes[offset + i] === byte)
  if (at(0, 0xff, 0xd8, 0xff)) return 'jpg'
  if (at(0, 0x89, 0x50, 0x4e, 0x47)) return 'png'
  if (at(0, 0x52, 0x49, 0x46, 0x46) && at(8, 0x57, 0x45, 0x42, 0x50)) return 'webp'
  if (at(0, 0x47, 0x49, 0x46, 0x38)) return 'gif'
  if (at(4, 0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69)) return 'avif'
  if (at(0, 0x49, 0x49, 0x2a, 0) || at(0, 0x4d, 0x4d, 0, 0x2a)) return 'tif'
  if (at(0, 0x42, 0x4d)) return 'bmp'
  return 'bin'
}

/** The format of bytes that are a picture of a kind that is not read; undefined if they are none. */
export function unsupportedFormatOf(bytes: Uint8Array): string | undefined {
  const text = (start: number, end: number) => Buffer.from(bytes.subarray(start, end)).toString('latin1')
  if (text(4, 8) === 'ftyp' && /^(hei[cxms]|hev[cmsx]|mif1|msf1)$/.test(text(8, 12))) return 'heic'
  if (text(0, 2) === '\xff\x0a' || text(4, 12) === 'JXL \r\n\x87\n') return 'jxl'
  if (text(0, 4) === '\xff\x4f\xff\x51' || text(4, 12) === 'jP  \r\n\x87\n') return 'jp2'
  if (text(0, 4) === '8BPS') return 'psd'
  return /^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg\b/s.test(text(0, 1024))
    ? 'svg'
    : undefined
}
