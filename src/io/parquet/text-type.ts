import type { SchemaElement } from 'hyparquet'

/** Columns whose bytes are text by their annotation, JSON as it is written. */
export function isText({ type, converted_type, logical_type }: SchemaElement): boolean {
  if (type !== 'BYTE_ARRAY') return false
  return (
    ['UTF8', 'JSON', 'ENUM'].includes(converted_type ?? '') ||
    ['STRING', 'JSON', 'ENUM'].includes(logical_type?.type ?? '')
  )
}
