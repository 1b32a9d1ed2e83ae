export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/**
 * JSON with keys in UTF-16 code unit order, without spaces and `undefined` members: equal values have equal
 * bytes; `-0` is written as `0`. Throws a `TypeError` that names the member for values that JSON cannot
 * represent: non-finite numbers, functions, dates, maps and other class instances.
 */
export function canonicalJson(value: unknown): string {
  return withPathOnError(value, () => write(value))
}

/** Canonical JSON with one member per line, for files that are compared in git. */
export function canonicalJsonPretty(value: unknown): string {
  return withPathOnError(value, () => writePretty(value, ''))
}

/** The only string order that bytes may depend on: independent of the locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Returns the value as JSON data. Throws a `TypeError` that names a member that JSON cannot represent. */
export function asJson(value: unknown): Json {
  const bad = unrepresentable(value, '')
  if (bad) throw bad
  return value as Json
}

type Members = { readonly [key: string]: unknown }

function write(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return String(value)
    case 'number':
      if (!Number.isFinite(value)) break
      return JSON.stringify(value === 0 ? 0 : value)
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return `[${Array.from(value, write).join(',')}]`
      if (!isPlain(value)) break
      return `{${keysOf(value)
        .map((key) => `${JSON.stringify(key)}:${write(value[key])}`)
        .join(',')}}`
  }
  throw new NotRepresentable()
}

function writePretty(value: unknown, indent: string): string {
  if (value === null || typeof value !== 'object') return write(value)
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[\n${Array.from(value, (item) => inner + writePretty(item, inner)).join(',\n')}\n${indent}]`
  }
  if (!isPlain(value)) throw new NotRepresentable()
  const keys = keysOf(value)
  if (keys.length === 0) return '{}'
  const members = keys.map((key) => `${inner}${JSON.stringify(key)}: ${writePretty(value[key], inner)}`)
  return `{\n${members.join(',\n')}\n${indent}}`
}

function keysOf(value: Members): string[] {
  return Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort(byCodeUnit)
}

function isPlain(value: object): value is Members {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A value cannot be represented. The path is searched for only then, to keep serialise fast. */
class NotRepresentable extends Error {}

function withPathOnError(value: unknown, serialise: () => string): string {
  try {
    return serialise()
  } catch (error) {
    if (!(error instanceof NotRepresentable)) throw error
    throw unrepresentable(value, '') ?? error
  }
}

function unrepresentable(value: unknown, path: string): TypeError | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return undefined
  if (Array.isArray(value))
    return firstDefined(value.keys(), (at) => unrepresentable(value[at], `${path}[${at}]`))
  if (typeof value === 'object' && isPlain(value))
    return firstDefined(keysOf(value), (key) =>
      unrepresentable(value[key], path === '' ? key : `${path}.${key}`),
    )
  return new TypeError(`JSON cannot represent ${nameOf(value)}${path === '' ? '' : ` at ${path}`}`)
}

function firstDefined<T, R>(items: Iterable<T>, map: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = map(item)
    if (found !== undefined) return found
  }
  return undefined
}

function nameOf(value: unknown): string {
  if (typeof value === 'object') return `an instance of ${value?.constructor?.name ?? 'a class'}`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  return String(value)
}
