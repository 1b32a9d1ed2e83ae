/** Why a file of an input folder is not read. */
export type SkipReason = 'hidden' | 'compressed' | 'other_kind' | 'in_store' | 'ignored'

/** Files of one reason: how many, and the first by name. */
export interface SkippedFiles {
  readonly reason: SkipReason
  readonly files: number
  readonly example: string
}

export const skipWords: { readonly [reason in SkipReason]: string } = {
  hidden: 'names that begin with _ or .',
  compressed: 'compressed: decompress them to have them read',
  other_kind: 'of other kinds',
  in_store: 'in the store of this run',
  ignored: 'named by input.ignore',
}

/** Counts what an input holds and a run does not read, so that nothing is passed over in silence. */
export class Skipped {
  private readonly found = new Map<SkipReason, { files: number; example: string }>()

  add(reason: SkipReason, uri: string): void {
    const seen = this.found.get(reason)
    if (!seen) this.found.set(reason, { files: 1, example: uri })
    else {
      seen.files += 1
      if (uri < seen.example) seen.example = uri
    }
  }

  list(): SkippedFiles[] {
    return (Object.keys(skipWords) as SkipReason[]).flatMap((reason) => {
      const seen = this.found.get(reason)
      return seen ? [{ reason, ...seen }] : []
    })
  }
}

/** One line for people. */
export const skippedLine = ({ reason, files, example }: SkippedFiles): string =>
  `${files} ${files === 1 ? 'file' : 'files'} of the input not read, ${skipWords[reason]} (${example})`
