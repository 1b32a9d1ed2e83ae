import type { Json } from './json.js'

/**
 * One option of a stage or one member of the manifest, declared once: static type, default, JSON Schema,
 * reference page and lint all read it. A field without a default that is not optional is required.
 */
export interface Field<T = unknown> {
  readonly shape: Shape
  readonly doc: string
  readonly default?: Json | undefined
  readonly optional?: boolean | undefined
  /** `${env.NAME}` may stand in the value. */
  readonly env?: boolean | undefined
  /**
   * The text is a path or URI. `file`: relative paths are resolved against the folder of the manifest;
   * `dotted`: only those that begin with `./` or `../`, since other values are names (`builtin`).
   */
  readonly path?: 'file' | 'dotted' | undefined
  /**
   * The name under which the value enters fingerprints and locks, within its stage, where that is not its
   * spelling. Once a version was released with it, it never changes: renamed options must not run again.
   */
  readonly fingerprint?: string | undefined
  /** Earlier spellings, dotted from the stage's name on; they are refused with the present one. */
  readonly was?: readonly string[] | undefined
  /** What the value decides, where that is not every task of the stage; may depend on other options. */
  readonly decides?: Decision | ((options: { readonly [option: string]: unknown }) => Decision) | undefined
  /** Only one choice of another option of the same group reads this one; with another it is a mistake. */
  readonly only?: { readonly option: string; readonly is: string } | undefined
  /** Type carrier only, never set. */
  readonly _type?: T
}

/**
 * `tasks`: the result of every task, so that it is in all their fingerprints; `params`: of the tasks that the
 * stage gives it to as a parameter; `nothing`: no result (how many GPUs, when to give up).
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
  /** One of several shapes; values are told apart by their JSON type, or the first that fits is taken. */
  | { kind: 'either'; of: readonly Field[] }
  | { kind: 'nothing' }

export type Fields = { readonly [name: string]: Field }

export type TypeOf<F> = F extends Field<infer T> ? T : never
/** What a stage's `run` receives: defaults applied, optional fields possibly undefined. */
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

/** Free names (matching `key`, a regular expression source) to values of one shape. */
export const map = <T>(
  item: Field<T>,
  options: Options<{ readonly [key: string]: T }, { key?: string }>,
): Field<{ readonly [key: string]: T }> => field({ kind: 'map', item, key: options.key }, options)

/**
 * Nested members. Its default is `{}` with the members' own defaults when every member has one or is
 * optional.
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

/** `null` as an explicit choice: "no bound"; also the default where the inner field has none. */
export const nullable = <T>(inner: Field<T>): Field<T | null> => ({
  shape: { kind: 'either', of: [inner, { shape: { kind: 'nothing' }, doc: 'none' }] },
  doc: inner.doc,
  default: inner.default ?? null,
})

/** May be left out; then the value is undefined. */
export const optional = <T>(inner: Field<T>): Field<T | undefined> => ({
  ...(inner as Field<T | undefined>),
  optional: true,
})

/**
 * An option that had another name: that one stays in fingerprints, and whoever writes it learns the new one.
 */
export const formerly = <T>(was: string, present: Field<T>): Field<T> => ({
  ...present,
  fingerprint: present.fingerprint ?? was,
  was: [...(present.was ?? []), was],
})

/** An option that nothing reads unless `option` beside it is `is`. */
export const only = <T>(option: string, is: string, present: Field<T>): Field<T> => ({
  ...present,
  only: { option, is },
})

/** The same fields with what they decide, unless they say it themselves. */
export const deciding = <F extends Fields>(decides: Field['decides'], fields: F): F =>
  Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, { decides, ...each }])) as F
