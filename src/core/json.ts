export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/**
 * JSON with keys in UTF-16 code unit order, no spaces and no `undefined`: equal values give equal bytes.
 * Numbers must be finite; `-0` is written as `0`.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`canonical JSON cannot hold ${value}`)
    return JSON.stringify(value === 0 ? 0 : value)
  }
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort(byCodeUnit)
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`)
  return `{${members.join(',')}}`
}

/** Canonical member order, but one member a line, for files that people compare in git. */
export function canonicalJsonPretty(value: Json, indent = ''): string {
  if (value === null || typeof value !== 'object') return canonicalJson(value)
  const inner = `${indent}  `
  if (isList(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map((item) => inner + canonicalJsonPretty(item, inner)).join(',\n')}\n${indent}]`
  }
  const keys = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort(byCodeUnit)
  if (keys.length === 0) return '{}'
  return `{\n${keys.map((key) => `${inner}${JSON.stringify(key)}: ${canonicalJsonPretty(value[key] as Json, inner)}`).join(',\n')}\n${indent}}`
}

/** The only string order that bytes may depend on: no locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
