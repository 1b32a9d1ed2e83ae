/** Strings in manifests hold one line: no newline, no control characters, no half of a surrogate pair. */
export const maximumTextLength = 4096

/** Regular expression source, `u` flag, for JSON Schema as well as for the check itself. */
export const textPattern = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff]*$'

/** Names that become parts of paths, keys and job names. */
export const identifierPattern = '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$'

const allowed = new RegExp(textPattern, 'u')

export function textMistake(value: string): string | undefined {
  if ([...value].length > maximumTextLength) return `text is limited to ${maximumTextLength} characters`
  if (!allowed.test(value))
    return /[\n\r]/.test(value)
      ? 'text must stand on one line'
      : 'text must not hold control characters or broken Unicode'
  return undefined
}

export function patternInWords(pattern: string): string {
  return pattern === identifierPattern
    ? 'letters, digits, `_` and `-`, beginning with a letter or digit, at most 64'
    : `text that matches ${pattern}`
}
