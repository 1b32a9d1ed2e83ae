import type { Json } from '../../core/json.js'

/** One row of a crawl, independent of the shard's format. */
export interface CrawlRow {
  /** Position in the shard. */
  readonly row: number
  /** All captions of the row; undefined if there is no such field. */
  readonly captions: readonly string[] | undefined
  /** Undefined if the row has none, or if images were not requested and are stored in the row itself. */
  readonly image?: CrawlImage | undefined
  readonly url?: string | undefined
  /** The other fields. */
  readonly metadata: { readonly [name: string]: Json }
  /** Why the row cannot become a sample, if known while reading. */
  readonly trouble?: { readonly reason: string; readonly detail: string } | undefined
}

export interface CrawlImage {
  /** Lower case, without dot: `jpg`. */
  readonly extension: string
  /** Undefined if images were not requested. */
  readonly bytes?: Uint8Array | undefined
  /** Name, offset and size of its member in a tar. */
  readonly member?: string | undefined
  readonly offset?: number | undefined
  readonly size?: number | undefined
}

/** What a reader should return. */
export interface CrawlRequest {
  /** Rows [start, end) of the shard. */
  readonly row_start: number
  readonly row_end: number | undefined
  readonly images: boolean
  /** Column or JSON field of the caption; by default, well-known names are tried. */
  readonly caption_field?: string | undefined
  readonly image_field?: string | undefined
  readonly url_field?: string | undefined
  /** Other fields to keep; `*` for all short ones. */
  readonly metadata: readonly string[]
}

/** Longer values are dropped: they would only bloat every shard. */
export const maxMetadataLength = 1000

export function keptMetadata(
  fields: Iterable<readonly [string, unknown]>,
  wanted: readonly string[],
  taken: ReadonlySet<string>,
): { [name: string]: Json } {
  const kept: { [name: string]: Json } = {}
  const all = wanted.includes('*')
  for (const [name, value] of fields) {
    if (taken.has(name) || (!all && !wanted.includes(name))) continue
    const plain = asMetadata(value)
    if (plain !== undefined) kept[name] = plain
  }
  return kept
}

function asMetadata(value: unknown): Json | undefined {
  if (typeof value === 'string')
    return value.length <= maxMetadataLength && value.isWellFormed() ? value : undefined
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (Array.isArray(value) && value.length <= 100) {
    const items = value.map(asMetadata)
    return items.every((item) => item !== undefined) && JSON.stringify(items).length <= maxMetadataLength
      ? items
      : undefined
  }
  return undefined
}
