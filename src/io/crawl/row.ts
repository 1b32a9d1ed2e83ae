import type { Json } from '../../core/json.js'
import type { ShardReading } from '../../core/shard-reading.js'

/** One row of a crawl, independent of the shard's format. */
export interface CrawlRow {
  /** Position in the shard. */
  readonly row: number
  /** The crawl's own key or path of the row; undefined if it has none, or if keys were not requested. */
  readonly key?: string | undefined
  /** All captions of the row; undefined if there is no such field. */
  readonly captions: readonly string[] | undefined
  /** Undefined if the row has none, or if images were not requested and are stored in the row itself. */
  readonly image?: CrawlImage | undefined
  readonly url?: string | undefined
  /** The other fields. */
  readonly metadata: { readonly [name: string]: Json }
  /** Why it has no image, if more is known than that it is missing. */
  readonly no_image?: { readonly reason: string; readonly detail: string } | undefined
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
  /** Whether rows of tables have their keys: tars have them anyway. */
  readonly keys?: boolean | undefined
  /** Column or JSON field of the caption; by default, well-known names are tried. */
  readonly caption_field?: string | undefined
  readonly image_field?: string | undefined
  readonly url_field?: string | undefined
  /** Other fields to keep; `*` for all short ones. */
  readonly metadata: readonly string[]
  readonly reading?: ShardReading | undefined
  /** Called for each value of a wanted field that metadata cannot hold. */
  readonly leftOut?: LeftOut | undefined
  /** Called for everything odd about the shard that does no harm. */
  readonly remark?: ((name: string) => void) | undefined
}

/** `too_long`, `not_finite`, or `not_plain` (bytes, deep structures). */
export type LeftOut = (field: string, why: 'too_long' | 'not_finite' | 'not_plain') => void

/** Longer values are dropped: they would only bloat every shard. */
export const maxMetadataLength = 1000

export function keptMetadata(
  fields: Iterable<readonly [string, unknown]>,
  wanted: readonly string[],
  taken: ReadonlySet<string>,
  leftOut?: LeftOut,
): { [name: string]: Json } {
  const kept: { [name: string]: Json } = {}
  const all = wanted.includes('*')
  for (const [name, value] of fields) {
    if (taken.has(name) || (!all && !wanted.includes(name))) continue
    const plain = asMetadata(value, wanted.includes(name))
    if (plain !== undefined) kept[name] = plain
    else if (value !== null && value !== undefined && !Number.isNaN(value)) leftOut?.(name, whyLeftOut(value))
  }
  return kept
}

function whyLeftOut(value: unknown): 'too_long' | 'not_finite' | 'not_plain' {
  if (typeof value === 'number') return 'not_finite'
  return typeof value === 'string' || Array.isArray(value) ? 'too_long' : 'not_plain'
}

/** Structures and nulls within them are kept only where the field is named. */
function asMetadata(value: unknown, named = false): Json | undefined {
  if (typeof value === 'string')
    return value.length <= maxMetadataLength && value.isWellFormed() ? value : undefined
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return undefined
  if (ArrayBuffer.isView(value)) return asMetadata(Array.from(value as unknown as Iterable<number | bigint>))
  if (Array.isArray(value))
    return value.length <= 100 ? short(value.map((item) => part(item, named))) : undefined
  if (!named || value === null || typeof value !== 'object') return undefined
  const entries = Object.entries(value).map(([name, item]) => [name, part(item, true)] as const)
  return entries.every(([, item]) => item !== undefined)
    ? short(Object.fromEntries(entries) as { [name: string]: Json })
    : undefined
}

function part(value: unknown, named: boolean): Json | undefined {
  return named && (value === null || value === undefined || Number.isNaN(value))
    ? null
    : asMetadata(value, named)
}

function short<T extends readonly (Json | undefined)[] | { [name: string]: Json }>(
  value: T,
): Json | undefined {
  if (Array.isArray(value) && value.includes(undefined)) return undefined
  return JSON.stringify(value).length <= maxMetadataLength ? (value as Json) : undefined
}
