import { PipelineError } from './error.js'
import { memberPath, type Shape } from './shape.js'

const hint = 'the file was written by another version of Coterie, or is damaged'

/** Parses and checks a JSON document. Throws `E_DOCUMENT` naming the place and the first invalid member. */
export function parseJson<T>(bytes: Uint8Array | string, place: string, shape: Shape<T>): T {
  const text = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PipelineError({
      code: 'E_DOCUMENT',
      message: 'the file is not valid JSON',
      place,
      expected: 'a JSON document',
      found: text.slice(0, 80),
      hint,
      cause,
    })
  }
  return checked(value, place, shape)
}

/** Returns the value as a `T`. Throws `E_DOCUMENT` naming the place and the first invalid member. */
export function checked<T>(value: unknown, place: string, shape: Shape<T>): T {
  const fault = shape.fault(value)
  if (!fault) return value as T
  const found = fault.found === undefined ? 'nothing' : JSON.stringify(fault.found)
  throw new PipelineError({
    code: 'E_DOCUMENT',
    message: `the document is invalid at ${memberPath(fault.path)}`,
    place,
    expected: fault.expected,
    found: found.slice(0, 80),
    hint,
  })
}
