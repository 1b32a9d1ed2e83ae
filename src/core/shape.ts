import type { Json } from './json.js'

/**
 * Checks that an external value is a `T`. Members that a shape does not name are ignored, so that later
 * versions can add some.
 */
export interface Shape<T> {
  /** Returns the first fault and its member, or undefined. */
  fault(value: unknown): Fault | undefined
  /** Type carrier only, never set. */
  readonly type?: T
}

export interface Fault {
  /** From the outermost member inwards; numbers are indices. */
  readonly path: readonly (string | number)[]
  readonly expected: string
  readonly found: unknown
}

/** A shape of values without members. */
function plain<T>(expected: string, fits: (value: unknown) => boolean): Shape<T> {
  return { fault: (value) => (fits(value) ? undefined : { path: [], expected, found: value }) }
}

export const text = plain<string>('a string', (value) => typeof value === 'string')
export const number = plain<number>('a number', (value) => Number.isFinite(value))
export const flag = plain<boolean>('true or false', (value) => typeof value === 'boolean')
/** Anything that JSON can hold. */
export const anyJson = plain<Json>('a value', (value) => value !== undefined)

/** Strings of a certain form. */
export function textThat<T extends string>(expected: string, fits: (value: string) => boolean): Shape<T> {
  return plain(expected, (value) => typeof value === 'string' && fits(value))
}

export function oneOf<const T extends string | number>(...values: readonly T[]): Shape<T> {
  const known = new Set<unknown>(values)
  return plain(values.map((value) => JSON.stringify(value)).join(' or '), (value) => known.has(value))
}

export function list<T>(of: Shape<T>): Shape<readonly T[]> {
  return {
    fault(value) {
      if (!Array.isArray(value)) return { path: [], expected: 'a list', found: value }
      for (let at = 0; at < value.length; at++) {
        const fault = of.fault(value[at])
        if (fault) return { ...fault, path: [at, ...fault.path] }
      }
      return undefined
    },
  }
}

export function pair<T>(of: Shape<T>): Shape<readonly [T, T]> {
  const both = list(of)
  return {
    fault: (value) =>
      Array.isArray(value) && value.length !== 2
        ? { path: [], expected: 'two values', found: value }
        : both.fault(value),
  }
}

/** An object with any member names. */
export function map<T>(of: Shape<T>): Shape<{ readonly [name: string]: T }> {
  return {
    fault(value) {
      if (!isObject(value)) return { path: [], expected: 'an object', found: value }
      for (const name of Object.keys(value)) {
        const fault = of.fault(value[name])
        if (fault) return { ...fault, path: [name, ...fault.path] }
      }
      return undefined
    },
  }
}

/** An object with these members; those with an `optional` shape may be missing. */
export function object<T>(members: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const named = Object.entries(members) as [string, Shape<unknown>][]
  return {
    fault(value) {
      if (!isObject(value)) return { path: [], expected: 'an object', found: value }
      for (const [name, of] of named) {
        const fault = of.fault(Object.hasOwn(value, name) ? value[name] : undefined)
        if (fault) return { ...fault, path: [name, ...fault.path] }
      }
      return undefined
    },
  }
}

/** One shape or the other; if neither fits, the fault is that of the second. */
export function either<T>(one: Shape<T>, other: Shape<T>): Shape<T> {
  return { fault: (value) => (one.fault(value) ? other.fault(value) : undefined) }
}

/** May be missing. */
export function optional<T>(of: Shape<T>): Shape<T | undefined> {
  return { fault: (value) => (value === undefined ? undefined : of.fault(value)) }
}

export function nullable<T>(of: Shape<T>): Shape<T | null> {
  return { fault: (value) => (value === null ? undefined : of.fault(value)) }
}

/** `$.scores[0].value`. */
export function memberPath(path: Fault['path']): string {
  return `$${path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
}

function isObject(value: unknown): value is { readonly [member: string]: unknown } {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
