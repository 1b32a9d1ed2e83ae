/** Half-open: `end` is exclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface ObjectInfo {
  readonly key: string
  readonly size: number
  /**
   * Opaque token that changes whenever the bytes may have changed (S3: ETag or version; local: inode, size,
   * time). Never a digest.
   */
  readonly version: string
  readonly modified_ms: number
}

/** What can be written: bytes in memory, or a finished local file, which the store may hard-link. */
export type Body = Uint8Array | LocalFile

export interface LocalFile {
  readonly path: string
  readonly size: number
  /** SHA-256 of the file, hex; the store checks it where the server can. */
  readonly sha256: string
}

/**
 * Where artefacts live: a folder or an S3 prefix. Keys are relative, `/`-separated, without empty, `.` or
 * `..` segments. Every method is safe to repeat. Missing objects are `undefined`, not errors, unless bytes
 * were asked for (`E_NOT_FOUND`). A `version` that no longer matches throws `E_CHANGED`.
 */
export interface Store {
  readonly uri: string
  stat(key: string): Promise<ObjectInfo | undefined>
  /** Whole object or a range of it. A range past the end is truncated; an empty one returns zero bytes. */
  read(key: string, options?: ReadOptions): Promise<Uint8Array>
  /** The same bytes in order, in pieces of any size. */
  stream(key: string, options?: ReadOptions): AsyncIterable<Uint8Array>
  /**
   * Create-once: either all bytes appear under the key, or nothing does. An existing object is not changed.
   */
  create(key: string, body: Body): Promise<'created' | 'exists'>
  /**
   * Compare-and-swap. `expected` undefined means "does not exist yet". Resolves to the new version, or
   * `conflict`.
   */
  replace(
    key: string,
    body: Uint8Array,
    expected: string | undefined,
  ): Promise<{ version: string } | 'conflict'>
  /** Every object whose key starts with `prefix`, in code unit order of the keys. */
  list(prefix: string): AsyncIterable<ObjectInfo>
  /** Removing a missing object is not an error. Only used for garbage collection and `_live/`. */
  remove(key: string): Promise<void>
  /**
   * Removes leftovers of killed writers (temporary files, unfinished uploads) that are at least this old.
   * Returns their names.
   */
  sweep(older_than_ms: number): Promise<readonly string[]>
}

export interface ReadOptions {
  readonly range?: ByteRange | undefined
  /** Pin: fail with `E_CHANGED` unless the object still has this version. */
  readonly version?: string | undefined
  readonly signal?: AbortSignal | undefined
}
