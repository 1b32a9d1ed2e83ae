/** Strings in manifests are one line: no newline, control character or unpaired surrogate. */
export const maximumTextLength = 4096

/** Source of a regular expression with the `u` flag, for both JSON Schema and the check. */
export const textPattern = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff]*$'

/** Names that become parts of paths, keys and job names. */
export const identifierPattern = '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$'

const allowed = new RegExp(textPattern, 'u')

export function textMistake(value: string): string | undefined {
  if ([...value].length > maximumTextLength) return `text is limited to ${maximumTextLength} characters`
  if (!allowed.test(value))
    return /[\n\r]/.test(value)
      ? 'text must be on one line'
      : 'text must not contain control characters or broken Unicode'
  return undefined
}

export function patternInWords(pattern: string): string {
  return pattern === identifierPattern
    ? 'letters, digits, `_` and `-`, beginning with a letter or digit, at most 64'
    : `text that matches ${pattern}`
}
