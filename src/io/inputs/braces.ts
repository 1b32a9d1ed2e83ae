import { PipelineError } from '../../core/error.js'

/** More names than this are a typo, not a crawl. */
const maxNames = 2_000_000

/**
 * Shell braces: `{00000..01242}` (zero-padded), `{0..9..3}`, `{a..f}`, `{a,b{1,2}}`. Braces with neither a
 * comma nor a range are literal, as in bash. The result keeps the written order.
 */
export function expandBraces(pattern: string): string[] {
  return expand(pattern, pattern)
}

function expand(text: string, whole: string): string[] {
  const group = firstGroup(text)
  if (!group) return [text]
  const { start, end, parts } = group
  const before = text.slice(0, start)
  const middles =
    parts.length > 1 ? parts.flatMap((part) => expand(part, whole)) : rangeOf(parts[0] as string, whole)
  if (!middles) {
    // Literal braces: their inside may still hold a group.
    const inner = expand(parts[0] as string, whole)
    return combine(
      inner.map((part) => `${before}{${part}}`),
      expand(text.slice(end + 1), whole),
      whole,
    )
  }
  return combine(
    middles.map((middle) => before + middle),
    expand(text.slice(end + 1), whole),
    whole,
  )
}

function combine(heads: readonly string[], tails: readonly string[], whole: string): string[] {
  if (heads.length * tails.length > maxNames) throw tooMany(whole)
  return heads.flatMap((head) => tails.map((tail) => head + tail))
}

/** The first balanced `{…}`, split at its top-level commas. */
function firstGroup(text: string): { start: number; end: number; parts: string[] } | undefined {
  for (let start = text.indexOf('{'); start >= 0; start = text.indexOf('{', start + 1)) {
    const parts: string[] = []
    let depth = 0
    let from = start + 1
    for (let at = start; at < text.length; at++) {
      const char = text[at]
      if (char === '{') depth++
      if (char === ',' && depth === 1) {
        parts.push(text.slice(from, at))
        from = at + 1
      }
      if (char === '}' && --depth === 0) {
        parts.push(text.slice(from, at))
        return { start, end: at, parts }
      }
    }
  }
  return undefined
}

function rangeOf(text: string, whole: string): string[] | undefined {
  const numbers = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(text)
  if (numbers) {
    const [, from = '', to = '', by] = numbers
    const padded = [from, to].some((end) => /^-?0\d/.test(end))
    const width = padded ? Math.max(from.length, to.length) : 0
    return steps(Number(from), Number(to), Number(by ?? 1), whole).map((value) => {
      const digits = String(Math.abs(value))
      return value < 0 ? `-${digits.padStart(width - 1, '0')}` : digits.padStart(width, '0')
    })
  }
  const letters = /^([a-zA-Z])\.\.([a-zA-Z])$/.exec(text)
  if (!letters) return undefined
  const [from, to] = [letters[1] as string, letters[2] as string]
  return steps(from.charCodeAt(0), to.charCodeAt(0), 1, whole).map((code) => String.fromCharCode(code))
}

function steps(from: number, to: number, by: number, whole: string): number[] {
  const step = Math.max(1, Math.abs(by)) * (to < from ? -1 : 1)
  const count = Math.floor(Math.abs(to - from) / Math.abs(step)) + 1
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || count > maxNames) throw tooMany(whole)
  return Array.from({ length: count }, (_, i) => from + i * step)
}

function tooMany(pattern: string): PipelineError {
  return new PipelineError({
    code: 'E_INPUT_TOO_MANY',
    failure: 'manifest',
    message: 'this pattern expands to too many names',
    place: pattern.slice(0, 300),
    expected: `at most ${maxNames}`,
  })
}
