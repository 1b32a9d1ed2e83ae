import type { Json } from '../../src/core/json.js'

/** A value of a parquet column as the JSON twins of the test files have it: bytes in base64, NaN by name. */
export function comparable(value: unknown): Json {
  if (value === undefined || value === null) return null
  if (value instanceof Uint8Array)
    return { base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  if (typeof value === 'bigint') return Number(value)
  if (Number.isNaN(value)) return 'NaN'
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member)]))
  return value as Json
}
