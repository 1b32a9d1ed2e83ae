import { PipelineError } from '../core/error.js'

/** A variable that holds a number; undefined where it is not set. Throws `E_USAGE`. */
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
