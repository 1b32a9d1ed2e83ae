/** A text that mistakes point into: a file, or one `--set` on the command line. */
export interface SourceText {
  /** As the reader knows it: the path that was given, or `--set cluster.fine=0`. */
  readonly name: string
  readonly text: string
  readonly kind: 'file' | 'flag'
}

/** A stretch of a source, on one line. Line and column count from 1, columns in UTF-16 code units. */
export interface Place {
  readonly source: SourceText
  readonly line: number
  readonly column: number
  readonly length: number
}

export function placeAt(source: SourceText, start: number, end: number): Place {
  const before = source.text.slice(0, start)
  const line = before.split('\n').length
  const lineStart = before.lastIndexOf('\n') + 1
  const newline = source.text.indexOf('\n', start)
  const lineEnd = newline < 0 ? source.text.length : newline
  return { source, line, column: start - lineStart + 1, length: Math.max(1, Math.min(end, lineEnd) - start) }
}

/** The mistake is about a text as a whole, such as a file that is not there. */
export function wholeOf(source: SourceText): Place {
  return { source, line: 0, column: 0, length: 0 }
}
