import type { Fields, OptionsOf } from '../../core/field.js'
import type { ByteSource } from '../source.js'
import type { Store } from './store.js'
import type { FileTree, ListedFile } from './tree.js'

/** What a profile says about a backend; everything may be left out. */
export type SettingsOf<F extends Fields> = Partial<OptionsOf<F>>

/**
 * A URI taken apart by its backend: what one client serves (a bucket; empty for local files), and the rest.
 */
export interface UriParts {
  readonly root: string
  /**
   * A key below the root, or a local path. Empty where the URI names a root alone; a trailing slash stays.
   */
  readonly key: string
}

/**
 * What serves the URIs of one scheme, as stores and as sources: a row of `backends.ts`. Rows are light; the
 * packages behind them are loaded when something is opened.
 */
export interface Backend<F extends Fields = Fields> {
  readonly scheme: string
  /** For messages: `s3://bucket/prefix`. */
  readonly example: string
  /**
   * The files of this machine: looking costs nothing, a version tells a file from every other, and identities
   * are digests of the bytes.
   */
  readonly local: boolean
  /** The member of a profile that is named after the scheme. */
  readonly settings: { readonly fields: F; readonly doc: string } | undefined
  /** Whether servers are known that create an object twice, so that a run has to look before it writes. */
  readonly must_prove_create_once: boolean
  /** Command that copies `{from}` to `{to}` for programs that are not ours; local files need none. */
  readonly transfer: readonly string[] | undefined
  /** A URI as somebody wrote it; where relative ones exist, they start from `base`. */
  complete(uri: string, base: string | undefined): string
  /** Undefined where this is no URI of the scheme. */
  split(uri: string): UriParts | undefined
  openStore(at: UriParts, settings: SettingsOf<F>): Promise<Store>
  /** One file, pinned to the version that it has now. */
  openFile(at: UriParts, settings: SettingsOf<F>): Promise<ByteSource>
  openTree(root: string, settings: SettingsOf<F>): Promise<FileTree>
  /** What the bytes of a file are called in fingerprints; undefined where only their digest tells. */
  identify(file: ListedFile): string | undefined
  /** A file as it was when it was identified; undefined where the identity holds no version. */
  openIdentified(
    at: UriParts,
    file: { readonly size: number; readonly identity: string },
    settings: SettingsOf<F>,
  ): Promise<ByteSource> | undefined
  /**
   * A handle that knows nothing of other ones, for `doctor store`. `in_parts`: every file goes up in parts;
   * undefined where there are no parts.
   */
  openHandle(at: UriParts, settings: SettingsOf<F>, in_parts: boolean): Promise<Store> | undefined
  /** The settings of a job on another machine, which has rights of its own. */
  settingsOfJobs(settings: SettingsOf<F>): SettingsOf<F>
}
