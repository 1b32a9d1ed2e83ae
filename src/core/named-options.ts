import type { Decision, Field, Fields } from './field.js'
import type { Json } from './json.js'

/** An option that is a separate entry in fingerprints and locks. */
export interface NamedOption {
  /** Path in the options: `['adapter', 'ridge']`. */
  readonly path: readonly string[]
  /** Name in fingerprints: `ridge`. */
  readonly name: string
  readonly field: Field
  /** That of the option, or else of its group. */
  readonly decides: Field['decides']
}

/** A group is one entry, unless one of its members has a name in fingerprints: then each member is one. */
export function namedOptions(
  fields: Fields,
  above: { readonly path: readonly string[]; readonly decides?: Field['decides'] } = { path: [] },
): NamedOption[] {
  return Object.entries(fields).flatMap(([key, field]): NamedOption[] => {
    const path = [...above.path, key]
    const { shape, decides = above.decides } = field
    return shape.kind === 'group' && Object.values(shape.members).some(hasName)
      ? namedOptions(shape.members, { path, decides })
      : [{ path, name: field.fingerprint ?? path.join('.'), field, decides }]
  })
}

export function decisionOf(
  { decides = 'tasks' }: NamedOption,
  options: { readonly [option: string]: unknown },
): Decision {
  return typeof decides === 'function' ? decides(options) : decides
}

function hasName({ fingerprint, shape }: Field): boolean {
  return fingerprint !== undefined || (shape.kind === 'group' && Object.values(shape.members).some(hasName))
}

export function optionAt(
  options: { readonly [option: string]: unknown },
  path: readonly string[],
): Json | undefined {
  let value: unknown = options
  for (const key of path) value = (value as { readonly [key: string]: unknown } | null | undefined)?.[key]
  return value as Json | undefined
}

/** Maps former names to present ones, except former names that are now other options. */
export function renamedOptions(fields: Fields): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>()
  const note = (was: string, path: readonly string[], field: Field) => {
    if (fieldAt(fields, was.split('.')) === undefined) renamed.set(was, path.join('.'))
    else if (field.shape.kind === 'group')
      for (const [key, member] of Object.entries(field.shape.members))
        note(`${was}.${key}`, [...path, key], member)
  }
  const walk = (members: Fields, above: readonly string[]) => {
    for (const [key, field] of Object.entries(members)) {
      const path = [...above, key]
      for (const was of field.was ?? []) note(was, path, field)
      if (field.shape.kind === 'group') walk(field.shape.members, path)
    }
  }
  walk(fields, [])
  return renamed
}

function fieldAt(fields: Fields, [key, ...rest]: readonly string[]): Field | undefined {
  const field = key !== undefined && Object.hasOwn(fields, key) ? fields[key] : undefined
  if (field === undefined || rest.length === 0) return field
  return field.shape.kind === 'group' ? fieldAt(field.shape.members, rest) : undefined
}
