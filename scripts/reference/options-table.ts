import { describeShape, isRequired } from '../../src/manifest/fields/describe.js'
import type { Field, Fields } from '../../src/core/field.js'

/** A Markdown table of fields; members follow their group, such as `encoder.model`. */
export function optionsTable(fields: Fields): string {
  const rows = rowsOf(fields, '')
  if (rows.length === 0) return 'None.'
  return ['| option | takes | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function rowsOf(fields: Fields, prefix: string): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const nested = nestedFields(field)
    const row =
      `| \`${prefix}${name}\` | ${cell(takes(field))} | ${cell(defaultOf(field))} ` +
      `| ${cell(meaning(field))} |`
    return nested ? [row, ...rowsOf(nested.fields, `${prefix}${name}.${nested.between}`)] : [row]
  })
}

function nestedFields(field: Field): { fields: Fields; between: string } | undefined {
  const { shape } = field
  if (shape.kind === 'group') return { fields: shape.members, between: '' }
  if (shape.kind === 'map' && shape.item.shape.kind === 'group')
    return { fields: shape.item.shape.members, between: 'NAME.' }
  if (shape.kind === 'list' && shape.item.shape.kind === 'group')
    return { fields: shape.item.shape.members, between: 'N.' }
  if (shape.kind === 'either') return shape.of.map(nestedFields).find((nested) => nested !== undefined)
  return undefined
}

function takes(field: Field): string {
  const { shape } = field
  if (shape.kind === 'choice') return shape.of.map((value) => `\`${value}\``).join(', ')
  if (shape.kind === 'group') return 'a group'
  if (shape.kind === 'map' && shape.item.shape.kind === 'group') return 'named groups'
  if (shape.kind === 'list') return `a list: ${takes(shape.item)}`
  if (shape.kind === 'either') return shape.of.map(takes).join(', or ')
  return describeShape(shape)
}

function defaultOf(field: Field): string {
  if (field.default !== undefined) return `\`${JSON.stringify(field.default)}\``
  if (field.optional) return '-'
  return isRequired(field) ? 'required' : '-'
}

function meaning(field: Field): string {
  const { shape } = field
  const examples =
    shape.kind === 'text' && shape.examples
      ? ` For example ${shape.examples.map((example) => `\`${example}\``).join(', ')}.`
      : ''
  return `${field.doc}${examples}${field.env ? ' May contain `${env.NAME}`.' : ''}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
