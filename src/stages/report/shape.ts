import { PipelineError } from '../../core/error.js'

/** What a value read from another stage's file has to be; members that are not named are let be. */
export type Shape = 'string' | 'number' | { readonly [member: string]: Shape } | Wrapped

class Wrapped {
  readonly kind: 'list' | 'map' | 'optional'
  readonly of: Shape

  constructor(kind: 'list' | 'map' | 'optional', of: Shape) {
    this.kind = kind
    this.of = of
  }
}

export const list = (of: Shape): Shape => new Wrapped('list', of)
/** An object with any names. */
export const map = (of: Shape): Shape => new Wrapped('map', of)
/** May be null or missing. */
export const optional = (of: Shape): Shape => new Wrapped('optional', of)

/** Throws `E_REPORT_SOURCE` with the member's path at the first thing that is not as it should be. */
export function checkShape(value: unknown, shape: Shape, place: string, path = '$'): void {
  const refuse = (expected: string): never => {
    const found = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, 80)
    throw new PipelineError({
      code: 'E_REPORT_SOURCE',
      message: `the report cannot read ${path}`,
      place,
      expected,
      found,
      hint: 'the file was made by another version of this stage or is damaged',
    })
  }
  if (shape === 'string') return typeof value === 'string' ? undefined : refuse('a string')
  if (shape === 'number')
    return typeof value === 'number' && Number.isFinite(value) ? undefined : refuse('a number')
  if (shape instanceof Wrapped) {
    if (shape.kind === 'optional')
      return value === null || value === undefined ? undefined : checkShape(value, shape.of, place, path)
    if (shape.kind === 'list')
      return Array.isArray(value)
        ? value.forEach((item, i) => checkShape(item, shape.of, place, `${path}[${i}]`))
        : refuse('a list')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return refuse('an object')
  const members = value as { readonly [member: string]: unknown }
  if (shape instanceof Wrapped)
    for (const [name, member] of Object.entries(members))
      checkShape(member, shape.of, place, `${path}.${name}`)
  else
    for (const [name, of] of Object.entries(shape))
      checkShape(Object.hasOwn(members, name) ? members[name] : undefined, of, place, `${path}.${name}`)
}
