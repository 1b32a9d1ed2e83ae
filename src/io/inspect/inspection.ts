import type { Json } from '../../core/json.js'
import type { InputFormat } from '../crawl/formats.js'

/** What a file or an artefact holds, for people and scripts. */
export interface Inspection {
  readonly kind: InputFormat | 'npy' | 'arrow' | 'json' | 'artefact' | 'folder'
  readonly rows: number
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** The first rows; binary values as `{bytes: length}`. */
  readonly sample: readonly { readonly [name: string]: Json }[]
}

/** A value as JSON can hold it. */
export function plain(value: unknown): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return { bytes: value.byteLength }
  if (value instanceof Date) return value.toISOString()
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>, plain)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && Symbol.iterator in value && !('entries' in value))
    return [...(value as Iterable<unknown>)].map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}
