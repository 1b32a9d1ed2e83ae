import { PipelineError } from '../../core/error.js'
import { lineOf, type SourceRange } from './source.js'

/** One mistake in a manifest, pipeline or profile. Plain data, printed by `validate --json`. */
export interface Diagnostic {
  /** Stable, upper snake case: `E_UNKNOWN_OPTION`. */
  readonly code: string
  /** Path as the user wrote it, or the flag with the mistake. */
  readonly file: string
  /** From 1; 0 for a mistake of the whole file. */
  readonly line: number
  readonly column: number
  readonly message: string
  readonly expected?: string | undefined
  readonly found?: string | undefined
  readonly hint?: string | undefined
  /** Numbered source line and carets. */
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
 * Messages contain user input: no control sequence may reach a terminal, and no input may fill the screen.
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

/** Replaces control characters one for one, so that carets stay aligned and no escape sequence is printed. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (character) => (character === '\t' ? ' ' : '\ufffd'),
  )
}

/** At most 60 characters of a value, quoted as JSON. */
export function quoted(value: string | number | boolean | null): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return printable(text.length > 60 ? `${text.slice(0, 57)}…` : text)
}

/** At most 60 characters of a name, for messages. */
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

/** More would not help. */
const maxShown = 100

export function renderDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const more = diagnostics.length - maxShown
  return [
    ...diagnostics.slice(0, maxShown).map(renderDiagnostic),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].join('\n')
}

/** Sorts by file (in the order of `files`, then of first occurrence), line and column. */
export function inReadingOrder(
  diagnostics: readonly Diagnostic[],
  files: readonly string[] = [],
): Diagnostic[] {
  const order = [...new Set([...files, ...diagnostics.map((diagnostic) => diagnostic.file)])]
  return [...diagnostics].sort(
    (a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line || a.column - b.column,
  )
}

/** One error with all mistakes of a file and of the files it names, for commands that cannot continue. */
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
