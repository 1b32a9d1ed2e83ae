import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import pLimit, { type LimitFunction } from 'p-limit'
import { systemClock, type Clock } from '../../core/clock.js'
import { sha256 } from '../../core/digest.js'
import type { ByteSource } from '../source.js'
import { backendOf, locate } from '../store/backends.js'
import { changed, notFound, systemCode } from '../store/errors.js'
import { streamFile } from '../store/local/file.js'
import { fileStamp, fileVersion } from '../store/local/version.js'
import type { ListedFile } from '../store/tree.js'
import { openIdentityCache, type IdentityCache } from './identity-cache.js'

export interface IdentityOptions {
  readonly clock?: Clock | undefined
  /** Files hashed at once. */
  readonly concurrency?: number | undefined
  /** Called with the number of bytes as they are hashed; cached files count at once. */
  readonly progress?: ((bytes: number) => void) | undefined
}

export interface Identities {
  /**
   * The identity of a file in fingerprints: `sha256:<hex>` for local files, otherwise what the backend
   * knows without reading (S3: `s3:<size>:<ETag>`). Never its URI. Throws `E_CHANGED` if the file has
   * changed since it was listed.
   */
  identify(file: ListedFile): Promise<string>
  /**
   * `sha256:<hex>` for any backend: an object is read once through `open` and cached by its URI and
   * version.
   */
  digest(file: ListedFile, open: () => Promise<ByteSource>): Promise<string>
  /** Saves new digests for the next run. */
  save(): Promise<void>
}

/**
 * The digest of a file that changed this recently is not cached: it could change again within the
 * resolution of its timestamp.
 */
const settledMilliseconds = 2_000

/**
 * Identities with a cache of digests in the file `path`, which any number of runs may share; without it,
 * every file is hashed.
 */
export async function openIdentities(path?: string, options: IdentityOptions = {}): Promise<Identities> {
  const cache = path === undefined ? undefined : await openIdentityCache(path)
  const slot = pLimit(options.concurrency ?? 4)
  const identify = async (file: ListedFile) => {
    const byVersion = backendOf(file.uri).identify(file)
    return byVersion ?? `sha256:${await digestOf(file, cache, options, slot)}`
  }
  return {
    identify,
    async digest(file, open) {
      if (backendOf(file.uri).local) return identify(file)
      const key = sha256(`${file.uri} ${file.size} ${file.version}`)
      const known = cache?.get(key)
      if (known !== undefined) return `sha256:${known}`
      const digest = await slot(async () => hashPieces((await open()).stream(), options))
      cache?.put(key, digest)
      return `sha256:${digest}`
    },
    save: async () => cache?.save(),
  }
}

/** The identity of one file, without a cache. */
export async function identify(file: ListedFile): Promise<string> {
  return (await openIdentities()).identify(file)
}

async function digestOf(
  file: ListedFile,
  cache: IdentityCache | undefined,
  options: IdentityOptions,
  slot: LimitFunction,
): Promise<string> {
  // The listing has just read the file's stamp: a digest cached under it needs no second `stat`.
  const known = file.stamp === undefined ? undefined : cache?.get(file.stamp)
  if (known !== undefined) {
    options.progress?.(file.size)
    return known
  }
  const path = locate(file.uri).key
  const stats = await stat(path, { bigint: true }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') throw notFound(file.uri)
    throw error
  })
  if (fileVersion(stats) !== file.version) throw changed(file.uri, file.version, fileVersion(stats))
  const digest = await slot(() => hashFile(path, file, options))
  const age = (options.clock ?? systemClock).now() - Number(stats.ctimeMs)
  if (age > settledMilliseconds) cache?.put(fileStamp(stats), digest)
  return digest
}

async function hashFile(path: string, file: ListedFile, options: IdentityOptions): Promise<string> {
  return hashPieces(streamFile({ path, uri: file.uri, version: file.version }), options)
}

async function hashPieces(pieces: AsyncIterable<Uint8Array>, options: IdentityOptions): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of pieces) {
    hash.update(piece)
    options.progress?.(piece.byteLength)
  }
  return hash.digest('hex')
}
