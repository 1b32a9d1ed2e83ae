import { PipelineError } from '../core/error.js'

/**
 * The lines of a list of texts, such as class names, trimmed and without empty ones. Throws `E_CLASS_LIST` if
 * the bytes are not UTF-8.
 */
export function textLines(bytes: Uint8Array, place: string): string[] {
  return utf8Text(bytes, place)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

export function utf8Text(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new PipelineError({
      code: 'E_CLASS_LIST',
      failure: 'usage',
      message: 'this list is not UTF-8',
      place,
      expected: 'one text per line, in UTF-8',
      hint: 'convert it: `iconv -f latin1 -t utf-8`, with the encoding that it has',
      cause,
    })
  }
}

/** The first of the texts that is listed twice. */
export function firstRepeated(texts: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return texts.find((text) => seen.size === seen.add(text).size)
}
