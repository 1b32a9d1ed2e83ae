import type { Fields, OptionsOf } from '../../core/field.js'
import type { ByteSource } from '../source.js'
import type { Store } from './store.js'
import type { FileTree, ListedFile } from './tree.js'

/** A profile's settings of a backend; all optional. */
export type SettingsOf<F extends Fields> = Partial<OptionsOf<F>>

/**
 * A URI split by its backend: the root that one client serves (a bucket; empty for local files), and the
 * rest.
 */
export interface UriParts {
  readonly root: string
  /** A key below the root, or a local path. Empty if the URI is just a root; a trailing slash is kept. */
  readonly key: string
}

/**
 * Serves the URIs of one scheme, as stores and as sources: a row of `backends.ts`. Rows are light: packages
 * are loaded when a URI is opened.
 */
export interface Backend<F extends Fields = Fields> {
  readonly scheme: string
  /** For messages: `s3://bucket/prefix`. */
  readonly example: string
  /**
   * Whether these are files of this machine: `stat` is cheap, versions are unique per file, and identities
   * are digests of the bytes.
   */
  readonly local: boolean
  /** The profile member named after the scheme. */
  readonly settings: { readonly fields: F; readonly doc: string } | undefined
  /** Whether some servers create an object twice, so that a run has to check before it writes. */
  readonly must_prove_create_once: boolean
  /** Command that copies `{from}` to `{to}` for programs that are not ours; local files need none. */
  readonly transfer: readonly string[] | undefined
  /** Completes a URI as written; relative ones, if the scheme has any, start from `base`. */
  complete(uri: string, base: string | undefined): string
  /** Undefined if this is not a URI of the scheme. */
  split(uri: string): UriParts | undefined
  openStore(at: UriParts, settings: SettingsOf<F>): Promise<Store>
  /** One file, pinned to the version that it has now. */
  openFile(at: UriParts, settings: SettingsOf<F>): Promise<ByteSource>
  openTree(root: string, settings: SettingsOf<F>): Promise<FileTree>
  /** The identity of a file in fingerprints; undefined if it is the digest of the bytes. */
  identify(file: ListedFile): string | undefined
  /** Opens a file as it was when it was identified; undefined if the identity contains no version. */
  openIdentified(
    at: UriParts,
    file: { readonly size: number; readonly identity: string },
    settings: SettingsOf<F>,
  ): Promise<ByteSource> | undefined
  /**
   * Opens an independent handle, for `doctor store`. `in_parts`: use multipart uploads for every file;
   * undefined if there are none.
   */
  openHandle(at: UriParts, settings: SettingsOf<F>, in_parts: boolean): Promise<Store> | undefined
  /** The settings for a job on another machine, which has its own permissions. */
  settingsOfJobs(settings: SettingsOf<F>): SettingsOf<F>
}
