import type { Json } from './json.js'

/** Every number to six significant digits: figures that people read, in files whose bytes repeat. */
export function sixDigits(value: Json): Json {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6))
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(sixDigits)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, sixDigits(member as Json)]))
}
