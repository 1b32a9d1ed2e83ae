import { PipelineError } from '../../core/error.js'
import { lineOf, type SourceRange } from './source.js'

/** One mistake in a manifest, pipeline or profile. Plain data: `validate --json` prints it as it is. */
export interface Diagnostic {
  /** Stable, upper snake case: `E_UNKNOWN_OPTION`. */
  readonly code: string
  /** Path as the reader gave it, or the flag that holds the mistake. */
  readonly file: string
  /** From 1; 0 where the mistake is about the file as a whole. */
  readonly line: number
  readonly column: number
  readonly message: string
  readonly expected?: string | undefined
  readonly found?: string | undefined
  readonly hint?: string | undefined
  /** Numbered source line and caret. */
  readonly excerpt?: string | undefined
}

export interface Mistake {
  readonly code: string
  readonly message: string
  readonly expected?: string | undefined
  readonly found?: string | undefined
  readonly hint?: string | undefined
}

export function diagnose(at: SourceRange, mistake: Mistake): Diagnostic {
  const { code, message, expected, found, hint } = mistake
  const { line, column, source } = at
  return {
    code,
    file: source.name,
    line,
    column,
    message: plain(message),
    expected: plain(expected),
    found: plain(found),
    hint: plain(hint),
    excerpt: excerptOf(at),
  }
}

/**
 * Names that people wrote stand in messages: nothing in them reaches a terminal as a command, and none fills
 * the screen.
 */
function plain<T extends string | undefined>(text: T): T {
  if (text === undefined) return text
  return printable(text.length > 600 ? `${text.slice(0, 600)}…` : text) as T
}

const excerptWidth = 120

function excerptOf({ source, line, column, length }: SourceRange): string | undefined {
  if (line === 0 || source.kind === 'flag') return undefined
  const text = lineOf(source, line)
  const from = column > excerptWidth - 20 ? column - 41 : 0
  const shown = printable(text.slice(from, from + excerptWidth))
  const number = String(line)
  const carets = '^' + '~'.repeat(Math.max(0, Math.min(length, shown.length - (column - 1 - from)) - 1))
  const cut = from > 0 ? '…' : ''
  return (
    `  ${number} | ${cut}${shown}\n  ${' '.repeat(number.length)} | ` +
    `${' '.repeat(column - 1 - from + cut.length)}${carets}`
  )
}

/**
 * One character for one, so that carets stay aligned and a terminal obeys nothing that a manifest contains.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (character) => (character === '\t' ? ' ' : '\ufffd'),
  )
}

/** At most 60 characters of what was found, quoted as JSON. */
export function quoted(value: string | number | boolean | null): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return printable(text.length > 60 ? `${text.slice(0, 57)}…` : text)
}

/** At most 60 characters of a name, for the inside of messages. */
export function shown(text: string): string {
  return printable(text.length > 60 ? `${text.slice(0, 57)}…` : text)
}

export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { code, file, line, column, message, expected, found, hint, excerpt } = diagnostic
  const place = line === 0 || file.startsWith('--') ? file : `${file}:${line}:${column}`
  const lines = [`${place} ${code}  ${message}`]
  if (excerpt) lines.push(excerpt)
  if (expected) lines.push(`  expected: ${expected}`)
  if (found) lines.push(`  found:    ${found}`)
  if (hint) lines.push(`  hint: ${hint}`)
  return lines.join('\n')
}

/** More than this says nothing new. */
const mostShown = 100

export function renderDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const more = diagnostics.length - mostShown
  return [
    ...diagnostics.slice(0, mostShown).map(renderDiagnostic),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].join('\n')
}

/** By file in the order of `files`, others after them as they were first met; then by line and column. */
export function inReadingOrder(
  diagnostics: readonly Diagnostic[],
  files: readonly string[] = [],
): Diagnostic[] {
  const order = [...new Set([...files, ...diagnostics.map((diagnostic) => diagnostic.file)])]
  return [...diagnostics].sort(
    (a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line || a.column - b.column,
  )
}

/** All mistakes of a file, and of what it names, as one error for commands that cannot go on. */
export function manifestError(
  file: 'manifest' | 'profile',
  place: string,
  diagnostics: readonly Diagnostic[],
): PipelineError {
  const count = diagnostics.length
  return new PipelineError({
    code: 'E_MANIFEST',
    failure: 'manifest',
    message: `the ${file} has ${count === 1 ? 'a mistake' : `${count} mistakes`}`,
    place,
    excerpt: renderDiagnostics(diagnostics),
  })
}
