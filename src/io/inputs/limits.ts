import { backendOf } from '../store/backends.js'
import { resultPath } from '../store/result-path.js'
import type { ListedFile } from '../store/tree.js'
import type { InputFile } from './file.js'
import { globMatcher } from './glob.js'
import { InsideStore } from './inside-store.js'
import { OwnFiles } from './own-files.js'
import type { RequestedFormat } from './select.js'
import type { Skipped } from './skipped.js'

/** What may be taken from folders and patterns, and where it is counted what is not. */
export interface Limits {
  readonly format: RequestedFormat
  /** By the name relative to the input's folder. */
  readonly ignored: (relative: string) => boolean
  /** In the store of this run, or by its path in the results of another. */
  readonly inStore: (
    file: Pick<ListedFile, 'uri'> & { readonly link?: boolean | undefined },
  ) => Promise<boolean>
  readonly isOwn: (uri: string) => Promise<boolean>
  readonly skipped: Skipped | undefined
  /** Shards of all patterns that are there and cannot be read. */
  readonly unreadable: ListedFile[]
}

/** The format of a shard whose name was written or matched. */
export function explicitFormat(format: RequestedFormat): InputFile['format'] {
  return format === 'any' ? 'auto' : format
}

export interface LimitsRequest {
  /** Patterns relative to a folder of the input: what they match is not read. */
  readonly ignore?: readonly string[] | undefined
  /** URI of the store of the run, whose files are results and no input. */
  readonly store?: string | undefined
  /** Path of the manifest; it and its locks are no input. */
  readonly manifest?: string | undefined
  /** Other files of the run, such as its profile. */
  readonly own?: readonly string[] | undefined
  /** Counts the files of folders and patterns that are not read. */
  readonly skipped?: Skipped | undefined
}

export function limitsOf(
  { ignore = [], store, manifest, own = [], skipped }: LimitsRequest,
  format: RequestedFormat,
): Limits {
  const matchers = ignore.map((pattern) =>
    pattern.endsWith('/') ? (name: string) => name.startsWith(pattern) : globMatcher(pattern, true),
  )
  const inside = store === undefined ? undefined : new InsideStore(store)
  const ownFiles = manifest === undefined ? undefined : new OwnFiles(manifest, own)
  return {
    format,
    ignored: (relative) => matchers.some((matches) => matches(relative)),
    inStore: async (file) =>
      inside !== undefined && (resultPath(file.uri)?.kind === 'data' || (await inside.has(file))),
    isOwn: async (uri) => ownFiles !== undefined && backendOf(uri).local && ownFiles.has(uri),
    skipped,
    unreadable: [],
  }
}
