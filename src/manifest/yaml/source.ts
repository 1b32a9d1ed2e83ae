/** A text that diagnostics refer to: a file, or one `--set` on the command line. */
export interface SourceText {
  /** As the user wrote it: a path, or `--set cluster.fine=0`. */
  readonly name: string
  readonly text: string
  readonly kind: 'file' | 'flag'
}

/** A range within one line. Line and column count from 1, columns in UTF-16 code units. */
export interface SourceRange {
  readonly source: SourceText
  readonly line: number
  readonly column: number
  readonly length: number
}

export function rangeAt(source: SourceText, start: number, end: number): SourceRange {
  const starts = lineStarts(source)
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] as number) <= start) low = middle
    else high = middle - 1
  }
  const lineStart = starts[low] as number
  const lineEnd = low + 1 < starts.length ? (starts[low + 1] as number) - 1 : source.text.length
  return {
    source,
    line: low + 1,
    column: start - lineStart + 1,
    length: Math.max(1, Math.min(end, lineEnd) - start),
  }
}

/** The text of a line, without its line break. */
export function lineOf(source: SourceText, line: number): string {
  const starts = lineStarts(source)
  return source.text.slice(starts[line - 1], starts[line] ?? source.text.length).replace(/\r?\n$/, '')
}

const startsOf = new WeakMap<SourceText, readonly number[]>()

function lineStarts(source: SourceText): readonly number[] {
  let starts = startsOf.get(source)
  if (!starts) {
    starts = [0, ...[...source.text.matchAll(/\n/g)].map(({ index }) => index + 1)]
    startsOf.set(source, starts)
  }
  return starts
}

/** Range of a mistake that concerns the whole text, such as a missing file. */
export function wholeOf(source: SourceText): SourceRange {
  return { source, line: 0, column: 0, length: 0 }
}
