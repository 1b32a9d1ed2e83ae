import type { Field, Fields, OptionsOf } from '../../src/core/field.js'

/** Options as a manifest that says nothing about them gives them. */
export function defaultsOf<F extends Fields>(fields: F): OptionsOf<F> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, valueOf(field)]),
  ) as OptionsOf<F>
}

function valueOf(field: Field): unknown {
  if (field.default !== undefined) return field.default
  if (field.optional || field.shape.kind !== 'group') return undefined
  return defaultsOf(field.shape.members)
}
