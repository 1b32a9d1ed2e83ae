import type { ByteSource } from '../source.js'
import { readWebDataset, type WebDatasetMember, type WebDatasetSample } from '../tar/webdataset.js'
import { imageOf, isImageExtension, unsupportedExtensions } from '../image/type.js'
import { nameForPeople, nameForTables } from '../tar/name.js'
import { parsePythonJson } from './python-json.js'
import { refuseClash } from './reading.js'
import { type CrawlRequest, type CrawlRow, keptMetadata } from './row.js'

/** The members that are read besides images: others (`.npy`, `.mp4`, …) may be large. */
const isText = (name: string) => /\.(txt|json|cls)$/i.test(name)
const extensionOf = (name: string) => name.slice(name.lastIndexOf('.') + 1).toLowerCase()

/**
 * Samples of a tar: the caption from `.txt` (one caption per line) or a field of `.json`. Where both hold the
 * same text, as img2dataset writes them, it is one caption, whatever line breaks it has. The whole tar is
 * streamed once.
 */
export async function* webdatasetRows(source: ByteSource, request: CrawlRequest): AsyncIterable<CrawlRow> {
  const wanted = (name: string) => isText(name) || (request.images && isImageExtension(extensionOf(name)))
  for await (const sample of readWebDataset(source, { wanted, remark: request.remark })) {
    if (sample.index < request.row_start || sample.index >= (request.row_end ?? Infinity)) continue
    yield webdatasetRow(sample, request, source.uri)
  }
}

/** `uri` is that of the tar, for messages. */
export function webdatasetRow(sample: WebDatasetSample, request: CrawlRequest, uri = ''): CrawlRow {
  const { index: row, unsafe, members } = sample
  if (unsafe !== undefined)
    return {
      row,
      captions: undefined,
      metadata: {},
      trouble: { reason: 'member_name_unsafe', detail: JSON.stringify(unsafe).slice(0, 200) },
    }
  const json = parseJson(members.get('json'))
  if (json === 'broken')
    return {
      row,
      captions: undefined,
      metadata: {},
      trouble: { reason: 'json_unreadable', detail: members.get('json')?.name ?? '' },
    }
  const label = members.get('cls')
  const fields = Object.entries(json ?? {})
  if (request.reading?.partitions)
    refuseClash(request.reading, (name) => Object.hasOwn(json ?? {}, name), `${uri} (${sample.key})`)
  const metadata = keptMetadata(
    label ? [...fields, ['cls', Number(text(label))] as const] : fields,
    request.metadata,
    new Set([request.caption_field ?? 'caption', 'captions']),
    request.leftOut,
  )
  const image = imageOf(members)
  const url = json?.[request.url_field ?? 'url']
  const captions = captionsOf(members.get('txt'), json, request.caption_field)
  const trouble = captions || image ? undefined : dottedNames(sample)
  if (trouble) return { row, captions, metadata: {}, trouble }
  return {
    row,
    key: nameForPeople(sample.key),
    captions,
    ...(image
      ? {
          image: {
            extension: image.extension,
            member: nameForTables(image.member.name),
            offset: image.member.offset,
            size: image.member.size,
            ...(image.member.read ? { bytes: image.member.bytes } : {}),
          },
        }
      : noImage(sample)),
    ...(typeof url === 'string' ? { url } : {}),
    metadata,
  }
}

/** Why a sample has no image: it is a link, or of a format that is not read. */
function noImage({ members, links }: WebDatasetSample): Pick<CrawlRow, 'no_image'> {
  const link = links && imageOf(links)
  if (link) return { no_image: { reason: 'image_is_link', detail: nameForPeople(link.member) } }
  const extension = unsupportedExtensions.find((one) => members.has(one))
  if (extension) return { no_image: { reason: 'image_format_unsupported', detail: extension } }
  return {}
}

/**
 * Names are split at their first dot: of `0.17.jpg` and `0.18.jpg` the key is `0`, and neither is an image.
 */
function dottedNames({ key, members }: WebDatasetSample): CrawlRow['trouble'] {
  const dotted = [...members.keys()].filter((name) => name.includes('.'))
  const image = dotted.find((name) => isImageExtension(extensionOf(name)))
  if (image === undefined) return undefined
  const detail = `${nameForPeople(key)}.${image}: the key ends at the first dot (${dotted.length} members)`
  return { reason: 'name_dotted', detail }
}

function captionsOf(
  txt: WebDatasetMember | undefined,
  json: { readonly [name: string]: unknown } | undefined,
  field: string | undefined,
): string[] | undefined {
  if (field !== undefined || !txt) {
    const value = field === undefined ? (json?.captions ?? json?.caption) : json?.[field]
    if (typeof value === 'string') return [value]
    return Array.isArray(value) && value.every((item) => typeof item === 'string' || item === null)
      ? value.filter((item) => typeof item === 'string')
      : undefined
  }
  const all = text(txt)
  if (json?.caption === all) return [all]
  const lines = all.split(/\r?\n/)
  // A newline at the end of the file is not another, empty caption.
  while (lines.length > 1 && lines.at(-1) === '') lines.pop()
  return lines
}

function parseJson(
  member: WebDatasetMember | undefined,
): { readonly [name: string]: unknown } | undefined | 'broken' {
  if (!member) return undefined
  try {
    const value = parsePythonJson(text(member))
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as { [name: string]: unknown })
      : undefined
  } catch {
    return 'broken'
  }
}

function text(member: WebDatasetMember): string {
  return new TextDecoder().decode(member.bytes)
}
