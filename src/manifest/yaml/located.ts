import type { Json } from '../../core/json.js'
import type { SourceRange } from './source.js'

/**
 * A parsed value in which every part has its source range. Members are a list, so that no key (`__proto__`)
 * is special.
 */
export type Located = LocatedScalar | LocatedList | LocatedMap | Refused

/** Placeholder for a value that was already reported (an alias), so that it is not reported twice. */
export interface Refused {
  readonly kind: 'refused'
  readonly at: SourceRange
}

export interface LocatedScalar {
  readonly kind: 'scalar'
  readonly value: null | boolean | number | string
  readonly at: SourceRange
}

export interface LocatedList {
  readonly kind: 'list'
  readonly items: readonly Located[]
  readonly at: SourceRange
}

export interface LocatedMap {
  readonly kind: 'map'
  readonly members: readonly Member[]
  readonly at: SourceRange
}

export interface Member {
  readonly key: string
  readonly keyAt: SourceRange
  readonly value: Located
}

export function memberOf(value: Located | undefined, key: string): Member | undefined {
  return value?.kind === 'map' ? value.members.find((member) => member.key === key) : undefined
}

/** Follows `keys` through maps; returns the range of the last key that exists. */
export function nearestRange(value: Located, keys: readonly string[]): SourceRange {
  let at = value.at
  let current: Located = value
  for (const key of keys) {
    const member = memberOf(current, key)
    if (!member) break
    at = member.keyAt
    current = member.value
  }
  return at
}

/** Turns a plain value into one written at `at`, so that defaults pass through the same checks. */
export function locate(value: Json, at: SourceRange): Located {
  if (value === null || typeof value !== 'object') return { kind: 'scalar', value, at }
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item: Json) => locate(item, at)), at }
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [{ key, keyAt: at, value: locate(member, at) }],
  )
  return { kind: 'map', members, at }
}

/** Name of a value's type in messages. */
export function typeName(value: Located): string {
  if (value.kind === 'list') return 'a list'
  if (value.kind === 'map') return 'a group of members'
  if (value.kind === 'refused') return 'an invalid value'
  if (value.value === null) return 'nothing (null)'
  if (typeof value.value === 'string') return 'text'
  if (typeof value.value === 'boolean') return 'true or false'
  return Number.isInteger(value.value) ? 'an integer' : 'a number'
}
