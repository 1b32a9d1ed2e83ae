import type { Field, Shape } from '../../core/field.js'

/** Describes the values of a shape: `an integer from 2 to 10`, `one of a, b`. */
export function describeShape(shape: Shape): string {
  switch (shape.kind) {
    case 'integer':
      return `an integer${range(shape.min, shape.max)}`
    case 'number':
      return `a number${range(shape.min, shape.max)}`
    case 'text':
      return 'text'
    case 'flag':
      return 'true or false'
    case 'choice':
      return shape.of.length === 1 ? `\`${shape.of[0]}\`` : `one of ${shape.of.join(', ')}`
    case 'list':
      return `a ${shape.min ? 'non-empty ' : ''}list, each ${describeShape(shape.item.shape)}`
    case 'map':
      return `names, each with ${describeShape(shape.item.shape)}`
    case 'group':
      return `a group of ${Object.keys(shape.members).join(', ')}`
    case 'either':
      return shape.of.map((field) => describeShape(field.shape)).join(', or ')
    case 'nothing':
      return 'null'
  }
}

function range(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return `, at least ${min}`
  if (max !== undefined) return `, at most ${max}`
  return ''
}

/** A field without a default that is not optional; for a group, one that has a required member. */
export function isRequired(field: Field): boolean {
  if (field.optional || field.default !== undefined) return false
  if (field.shape.kind === 'group') return Object.values(field.shape.members).some(isRequired)
  return true
}
