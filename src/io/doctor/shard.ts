import { PipelineError } from '../../core/error.js'
import { decodeImage, ImageError, imageHeader } from '../image/image.js'
import { imageOf, loaderExtensions } from '../image/type.js'
import type { ByteSource } from '../source.js'
import { readWebDataset, type WebDatasetSample } from '../tar/webdataset.js'
import type { Findings } from './findings.js'
import type { KeySet } from './key-set.js'

export type ImageCheck = 'decode' | 'header' | 'none'

/** webdataset's default decoders unpickle these. */
const unpickled = /(^|\.)(pyd|pkl|pickle|pth|pt)$/

/**
 * Examines every sample of one tar; returns the number of samples. A broken tar is a finding, not an error.
 */
export async function examineShard(
  source: ByteSource,
  images: ImageCheck,
  findings: Findings,
  keys: KeySet,
): Promise<number> {
  let samples = 0
  try {
    const wanted = (name: string) =>
      /\.txt$/i.test(name) || (images !== 'none' && endsWithOne(name.toLowerCase(), loaderExtensions))
    for await (const sample of readWebDataset(source, { wanted })) {
      samples++
      keys.add(sample.key)
      await examineSample(sample, `${source.uri}:${sample.key}`, images, findings)
    }
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    findings.add('broken_tar', `${error.place ?? source.uri} (${error.code})`)
  }
  return samples
}

function endsWithOne(name: string, extensions: readonly string[]): boolean {
  return extensions.some((extension) => name.endsWith(`.${extension}`))
}

async function examineSample(
  sample: WebDatasetSample,
  place: string,
  images: ImageCheck,
  findings: Findings,
): Promise<void> {
  const extensions = [...sample.members.keys()]
  const image = imageOf(sample.members, loaderExtensions)?.member
  const caption = sample.members.get('txt')
  // A dot in a key moves the rest of it into the extension, so that the member is found under no name.
  const dotted = extensions.find((extension) => endsWithOne(extension, [...loaderExtensions, 'txt']))
  if (dotted !== undefined && (!image || !caption)) findings.add('dotted_key', `${place}.${dotted}`)
  if (!image) findings.add('no_image', place)
  if (!caption) findings.add('no_caption', place)
  if (caption && !isText(caption.bytes)) findings.add('bad_caption', place)
  if (sample.unsafe !== undefined) findings.add('unsafe_member', place)
  for (const extension of extensions)
    if (unpickled.test(extension)) findings.add('unsafe_member', `${place}.${extension}`)
  if (!image || images === 'none') return
  try {
    if (image.size > 0 && !image.read) throw new ImageError('image_too_large', 'larger than the reader takes')
    await (images === 'decode' ? decodeImage(image.bytes) : imageHeader(image.bytes))
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    findings.add('bad_image', `${place} (${error.reason})`)
  }
}

function isText(bytes: Uint8Array): boolean {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim() !== ''
  } catch {
    return false
  }
}
