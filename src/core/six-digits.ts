import { asJson, type Json } from './json.js'

/** Rounds every number to six significant digits, for figures in files with reproducible bytes. */
export function sixDigits(value: unknown): Json {
  return rounded(asJson(value))
}

function rounded(value: Json): Json {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6))
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(rounded)
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member === undefined ? [] : [[name, rounded(member)]],
    ),
  )
}
