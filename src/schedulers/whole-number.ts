import { PipelineError } from '../core/error.js'

/** Reads a non-negative integer from a variable; undefined if it is not set. Throws `E_USAGE`. */
export function wholeNumber(
  env: { readonly [name: string]: string | undefined },
  name: string,
): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  if (/^\d+$/.test(text)) return Number(text)
  throw new PipelineError({
    code: 'E_USAGE',
    failure: 'usage',
    message: `${name} is not a whole number`,
    found: text,
  })
}
