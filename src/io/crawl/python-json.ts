/**
 * A JSON text as Python's `json` module writes it: `NaN`, `Infinity` and `-Infinity` are numbers, and
 * integers beyond 2^53 keep all digits, as BigInt. What JSON allows reads as `JSON.parse` reads it. Throws
 * SyntaxError.
 */
export function parsePythonJson(text: string): unknown {
  if (!/NaN|Infinity|\d{16}/.test(text)) return JSON.parse(text) as unknown
  const mark = unusedMark(text)
  const { json, marked } = markNumbers(text, mark)
  const value = JSON.parse(json) as unknown
  return marked ? unmark(value, mark) : value
}

/** A string that the text does not hold, so that nothing in it can pass for a marked number. */
function unusedMark(text: string): string {
  let mark = '#'
  while (text.includes(mark)) mark += '#'
  return mark
}

const number = /-?(?:NaN|Infinity|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y
const precise = /^-?\d{16,}$/

/** Replaces the numbers that JSON.parse cannot read, or would round, by strings that start with the mark. */
function markNumbers(text: string, mark: string): { json: string; marked: boolean } {
  const parts: string[] = []
  let copied = 0
  let at = 0
  while (at < text.length) {
    const char = text[at] as string
    if (char === '"') {
      at = endOfString(text, at)
      continue
    }
    if (!/[-\dNI]/.test(char)) {
      at += 1
      continue
    }
    number.lastIndex = at
    const found = number.exec(text)?.[0]
    if (found === undefined) {
      at += 1
      continue
    }
    // A name without quotes is not JSON: left as it is, JSON.parse refuses it.
    const isName = /^\s*:/.test(text.slice(at + found.length, at + found.length + 100))
    if (!isName && (/[NI]/.test(found) || precise.test(found))) {
      parts.push(text.slice(copied, at), JSON.stringify(mark + found))
      copied = at + found.length
    }
    at += found.length
  }
  if (copied === 0) return { json: text, marked: false }
  return { json: parts.join('') + text.slice(copied), marked: true }
}

/** The position after the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length) {
    if (text[at] === '"') return at + 1
    at += text[at] === '\\' ? 2 : 1
  }
  return text.length
}

function unmark(value: unknown, mark: string): unknown {
  if (typeof value === 'string') return value.startsWith(mark) ? numberOf(value.slice(mark.length)) : value
  if (Array.isArray(value)) return value.map((item) => unmark(item, mark))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unmark(item, mark)]))
}

function numberOf(digits: string): number | bigint | string {
  if (/[NI]/.test(digits)) return digits === '-NaN' ? NaN : Number(digits)
  // Leading zeros are not JSON; they come through as JSON.parse would have refused them.
  if (/^-?0\d/.test(digits)) throw new SyntaxError(`${digits} is not a number in JSON`)
  const exact = BigInt(digits)
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
}
