import type { Json } from '../../core/json.js'

/** One row of a crawl as it lies in its shard, whatever the shard's format. */
export interface CrawlRow {
  /** Position in the shard. */
  readonly row: number
  /** All captions that the row has; undefined where there is no such field. */
  readonly captions: readonly string[] | undefined
  /** Undefined where the row has none, or where images were not asked for and lie in the row itself. */
  readonly image?: CrawlImage | undefined
  readonly url?: string | undefined
  /** The other fields. */
  readonly metadata: { readonly [name: string]: Json }
  /** Why the row cannot be a sample, known already while reading. */
  readonly trouble?: { readonly reason: string; readonly detail: string } | undefined
}

export interface CrawlImage {
  /** Lower case, without dot: `jpg`. */
  readonly extension: string
  /** Undefined where images were not asked for. */
  readonly bytes?: Uint8Array | undefined
  /** Its place in a tar. */
  readonly member?: string | undefined
  readonly offset?: number | undefined
  readonly size?: number | undefined
}

/** What a reader is asked for. */
export interface CrawlRequest {
  /** Rows [start, end) of the shard. */
  readonly row_start: number
  readonly row_end: number | undefined
  readonly images: boolean
  /** Column or JSON field of the caption; found by well-known names where undefined. */
  readonly caption_field?: string | undefined
  readonly image_field?: string | undefined
  readonly url_field?: string | undefined
  /** Fields to keep beside; `*` for all that are short. */
  readonly metadata: readonly string[]
}

/** Longer values are no labels; they would only bloat every shard. */
export const longestMetadata = 1000

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
    return value.length <= longestMetadata && value.isWellFormed() ? value : undefined
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (Array.isArray(value) && value.length <= 100) {
    const items = value.map(asMetadata)
    return items.every((item) => item !== undefined) && JSON.stringify(items).length <= longestMetadata
      ? items
      : undefined
  }
  return undefined
}
