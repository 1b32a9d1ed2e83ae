import { byCodeUnit } from '../../core/json.js'

/** Why a file of an input folder is not read. */
export type SkipReason =
  | 'hidden'
  | 'compressed'
  | 'other_kind'
  | 'unmatched'
  | 'in_store'
  | 'own'
  | 'ignored'
  | 'not_taken'

/** Files of one reason: how many, and the first by name. */
export interface SkippedFiles {
  readonly reason: SkipReason
  /** Folders of stores count once, as they are not entered. */
  readonly files: number
  readonly example: string
}

export const skipWords: { readonly [reason in SkipReason]: string } = {
  hidden: 'names that begin with _ or .',
  compressed: 'compressed in a way that is not read (gzip and zstd are): compress them anew',
  other_kind: 'of other kinds',
  unmatched: 'next to those that a pattern matches',
  in_store: 'in stores of runs, which are not entered',
  own: 'the manifest, its locks or its profile',
  ignored: 'named by input.ignore',
  not_taken: 'not of the kind that input.take names',
}

/** Counts what an input holds and a run does not read, so that nothing is passed over in silence. */
export class Skipped {
  private readonly found = new Map<string, SkipReason>()

  /** The first reason of a file counts; several patterns may list it. */
  add(reason: SkipReason, uri: string): void {
    const before = this.found.get(uri)
    if (before === undefined || before === 'unmatched') this.found.set(uri, reason)
  }

  /** A file that one pattern leaves out may be read for another. */
  taken(uri: string): void {
    this.found.delete(uri)
  }

  list(): SkippedFiles[] {
    const byReason = new Map<SkipReason, string[]>()
    for (const [uri, reason] of this.found) {
      const uris = byReason.get(reason)
      if (uris) uris.push(uri)
      else byReason.set(reason, [uri])
    }
    return (Object.keys(skipWords) as SkipReason[]).flatMap((reason) => {
      const uris = byReason.get(reason)
      if (!uris) return []
      const example = uris.reduce((first, uri) => (byCodeUnit(uri, first) < 0 ? uri : first))
      return [{ reason, files: uris.length, example }]
    })
  }
}

/** One line for people. */
export const skippedLine = ({ reason, files, example }: SkippedFiles): string =>
  `${files} ${files === 1 ? 'entry' : 'entries'} of the input not read: ${skipWords[reason]} (${example})`
