import { PipelineError } from '../../core/error.js'
import type { ParquetColumn } from '../parquet/footer.js'
import type { ByteSource } from '../source.js'
import type { ImageFields } from './reading.js'
import type { CrawlRequest } from './row.js'

/** The roles of the columns of a parquet shard. */
export interface CrawlColumns {
  readonly caption: string
  readonly image: string | undefined
  readonly url: string | undefined
  readonly metadata: readonly string[]
}

const names = {
  caption: ['caption', 'text', 'captions', 'alt_text', 'alt', 'description', 'title', 'prompt', 'txt'],
  image: ['image', 'jpg', 'jpeg', 'png', 'webp', 'img', 'image_bytes', 'bytes', 'content'],
  url: ['url', 'image_url', 'img_url', 'src'],
}

const types = { caption: ['text', 'texts', 'bytes'], image: ['bytes', 'image'], url: ['text'] }

/**
 * Chooses the columns that the request names, or else the first well-known name that fits, ignoring case.
 * Throws `E_COLUMN`, listing the existing columns.
 */
export function chooseColumns(
  source: ByteSource,
  columns: readonly ParquetColumn[],
  request: CrawlRequest,
): CrawlColumns {
  const caption = choose(
    source,
    columns,
    request.caption_field,
    names.caption,
    types.caption,
    'ingest.caption_field',
  )
  if (!caption) throw noColumn(source, columns, 'a caption', names.caption, 'ingest.caption_field')
  const image = choose(source, columns, request.image_field, names.image, types.image, 'ingest.image_field')
  const url = choose(source, columns, request.url_field, names.url, types.url, 'ingest.url_field')
  if (!image && !url)
    throw noColumn(
      source,
      columns,
      'an image or a URL',
      [...names.image, ...names.url],
      'ingest.image_field` or `ingest.url_field',
    )
  const taken = new Set([caption, image, url])
  const plain = columns.filter(
    ({ name, type }) => !taken.has(name) && type !== 'image' && type !== 'bytes' && type !== 'other',
  )
  // Lists and structs may be long (embeddings): read only where they are named.
  const wanted = plain.filter(
    ({ name, type }) =>
      request.metadata.includes(name) || (request.metadata.includes('*') && type !== 'nested'),
  )
  const metadata = wanted.map(({ name }) => name)
  for (const { name } of columns)
    if (!taken.has(name) && !metadata.includes(name) && request.metadata.includes('*'))
      request.leftOut?.(name, 'not_plain')
  return { caption, image, url, metadata }
}

/**
 * The columns of images and URLs, as `chooseColumns` chooses them; undefined where there is none, or where a
 * named one is missing, which is reported when rows are read.
 */
export function imageColumns(
  columns: readonly ParquetColumn[],
  { image_field, url_field }: ImageFields,
): { readonly image: string | undefined; readonly url: string | undefined } {
  const find = (named: string | undefined, known: readonly string[], types: readonly string[]) =>
    named ?? wellKnown(columns, known, types)
  return {
    image: find(image_field, names.image, types.image),
    url: find(url_field, names.url, types.url),
  }
}

/** Columns of the rows' own keys: `__key__` as Hugging Face names that of a tar, and `key`. */
export function keyColumns(columns: readonly ParquetColumn[]): string[] {
  return columns
    .filter(
      ({ name, type }) => keyNames.includes(name.toLowerCase()) && (type === 'text' || type === 'integer'),
    )
    .map(({ name }) => name)
}

/** A row's key among its columns or fields; undefined if there is none. */
export function keyIn(row: { readonly [name: string]: unknown }): string | undefined {
  for (const known of keyNames)
    for (const [name, value] of Object.entries(row))
      if (name.toLowerCase() === known && isKey(value)) return String(value)
  return undefined
}

const isKey = (value: unknown) =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'bigint'

const keyNames = ['__key__', 'key']

function choose(
  source: ByteSource,
  columns: readonly ParquetColumn[],
  named: string | undefined,
  known: readonly string[],
  types: readonly string[],
  option: string,
): string | undefined {
  if (named !== undefined) {
    const found = columns.find(({ name }) => name === named)
    if (!found) throw noColumn(source, columns, `the column ${named}`, [named], option)
    if (types.includes(found.type)) return named
    throw new PipelineError({
      code: 'E_COLUMN_TYPE',
      message: `the column ${named} has the wrong type for \`${option}\``,
      place: source.uri,
      expected: types.join(', '),
      found: found.type,
      hint: 'name another column; a crawl whose shards differ needs a manifest for each kind',
    })
  }
  return wellKnown(columns, known, types)
}

function wellKnown(
  columns: readonly ParquetColumn[],
  known: readonly string[],
  fitting: readonly string[],
): string | undefined {
  for (const candidate of known) {
    const found = columns.find(({ name, type }) => name.toLowerCase() === candidate && fitting.includes(type))
    if (found) return found.name
  }
  return undefined
}

function noColumn(
  source: ByteSource,
  columns: readonly ParquetColumn[],
  what: string,
  known: readonly string[],
  option: string,
): PipelineError {
  return new PipelineError({
    code: 'E_COLUMN',
    message: `this parquet file has no column for ${what}`,
    place: source.uri,
    expected: known.join(', '),
    found: columns.map(({ name, type }) => `${name} (${type})`).join(', '),
    hint: `name it with \`${option}\``,
  })
}
