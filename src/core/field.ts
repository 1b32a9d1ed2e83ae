import type { Json } from './json.js'

/**
 * One option of a stage or one member of the manifest, declared once: its type, default, JSON Schema,
 * reference documentation and checks derive from it. A field without a default is required unless optional.
 */
export interface Field<T = unknown> {
  readonly shape: Shape
  readonly doc: string
  readonly default?: Json | undefined
  readonly optional?: boolean | undefined
  /** Whether the value may contain `${env.NAME}`. */
  readonly env?: boolean | undefined
  /**
   * The text is a path or URI. `file`: relative paths are resolved against the folder of the manifest;
   * `dotted`: only those that begin with `./` or `../`, since other values are names (`builtin`).
   */
  readonly path?: 'file' | 'dotted' | undefined
  /**
   * Name of the value in fingerprints and locks, within its stage, if it differs from the option's name. It
   * never changes once released: renaming an option must not invalidate results.
   */
  readonly fingerprint?: string | undefined
  /** Former names, dotted and relative to the stage. They are rejected with a hint at the present one. */
  readonly was?: readonly string[] | undefined
  /** What the value affects, unless it is every task of the stage; may depend on other options. */
  readonly decides?: Decision | ((options: { readonly [option: string]: unknown }) => Decision) | undefined
  /** Only valid if another option of the same group has this value. */
  readonly only?: { readonly option: string; readonly is: string } | undefined
  /** Type carrier only, never set. */
  readonly _type?: T
}

/**
 * `tasks`: the results of all tasks, so it is in all their fingerprints; `params`: those of the tasks that
 * have it as a parameter; `nothing`: no result (number of GPUs, timeouts).
 */
export type Decision = 'tasks' | 'params' | 'nothing'

export type Shape =
  | { kind: 'integer'; min?: number | undefined; max?: number | undefined }
  | { kind: 'number'; min?: number | undefined; max?: number | undefined }
  | { kind: 'text'; pattern?: string | undefined; examples?: readonly string[] | undefined }
  | { kind: 'flag' }
  | { kind: 'choice'; of: readonly string[] }
  | { kind: 'list'; item: Field; min?: number | undefined }
  | { kind: 'map'; item: Field; key?: string | undefined }
  | { kind: 'group'; members: Fields }
  /** One of several shapes, chosen by the JSON type of the value; the first that fits. */
  | { kind: 'either'; of: readonly Field[] }
  | { kind: 'nothing' }

export type Fields = { readonly [name: string]: Field }

export type TypeOf<F> = F extends Field<infer T> ? T : never
/** The options that a stage's `run` receives: with defaults; optional ones may be undefined. */
export type OptionsOf<F extends Fields> = { readonly [K in keyof F]: TypeOf<F[K]> }

interface Common<T> {
  doc: string
  default?: T | undefined
  env?: boolean | undefined
  path?: 'file' | 'dotted' | undefined
}

type Options<T, Extra = object> = Common<T> & Extra

function field<T>(shape: Shape, options: Common<T>): Field<T> {
  return {
    shape,
    doc: options.doc,
    ...(options.default === undefined ? {} : { default: options.default as Json }),
    ...(options.env ? { env: true } : {}),
    ...(options.path ? { path: options.path } : {}),
  }
}

export const int = (options: Options<number, { min?: number; max?: number }>): Field<number> =>
  field({ kind: 'integer', min: options.min, max: options.max }, options)

export const num = (options: Options<number, { min?: number; max?: number }>): Field<number> =>
  field({ kind: 'number', min: options.min, max: options.max }, options)

export const text = (
  options: Options<string, { pattern?: string; examples?: readonly string[] }>,
): Field<string> => field({ kind: 'text', pattern: options.pattern, examples: options.examples }, options)

export const flag = (options: Options<boolean>): Field<boolean> => field({ kind: 'flag' }, options)

export const choice = <const C extends readonly string[]>(
  of: C,
  options: Options<C[number]>,
): Field<C[number]> => field({ kind: 'choice', of }, options)

export const list = <T>(
  item: Field<T>,
  options: Options<readonly T[], { min?: number }>,
): Field<readonly T[]> => field({ kind: 'list', item, min: options.min }, options)

/** Any names (matching the regular expression `key`), with values of one shape. */
export const map = <T>(
  item: Field<T>,
  options: Options<{ readonly [key: string]: T }, { key?: string }>,
): Field<{ readonly [key: string]: T }> => field({ kind: 'map', item, key: options.key }, options)

/**
 * Nested members. If every member is optional or has a default, the group may be left out and has their
 * defaults.
 */
export const group = <F extends Fields>(
  members: F,
  options: { doc: string; default?: Json },
): Field<OptionsOf<F>> => ({
  shape: { kind: 'group', members },
  doc: options.doc,
  ...(options.default === undefined ? {} : { default: options.default }),
})

export const either = <T>(of: readonly Field<T>[], options: Options<T>): Field<T> =>
  field({ kind: 'either', of }, options)

/** Allows `null`, such as for "no limit". It is the default if the inner field has none. */
export const nullable = <T>(inner: Field<T>): Field<T | null> => ({
  shape: { kind: 'either', of: [inner, { shape: { kind: 'nothing' }, doc: 'none' }] },
  doc: inner.doc,
  default: inner.default ?? null,
})

/** May be left out; the value is then undefined. */
export const optional = <T>(inner: Field<T>): Field<T | undefined> => ({
  ...(inner as Field<T | undefined>),
  optional: true,
})

/** A renamed option: the former name stays in fingerprints, and is rejected with a hint at the new one. */
export const formerly = <T>(was: string, present: Field<T>): Field<T> => ({
  ...present,
  fingerprint: present.fingerprint ?? was,
  was: [...(present.was ?? []), was],
})

/** An option that is only valid if its sibling `option` has the value `is`. */
export const only = <T>(option: string, is: string, present: Field<T>): Field<T> => ({
  ...present,
  only: { option, is },
})

/** Sets `decides` of all fields that do not have it. */
export const deciding = <F extends Fields>(decides: Field['decides'], fields: F): F =>
  Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, { decides, ...each }])) as F
