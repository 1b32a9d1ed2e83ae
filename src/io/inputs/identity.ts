import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import pLimit, { type LimitFunction } from 'p-limit'
import { systemClock, type Clock } from '../../core/clock.js'
import { sha256 } from '../../core/digest.js'
import type { ByteSource } from '../source.js'
import { backendOf, locate } from '../store/backends.js'
import { changed, notFound, systemCode } from '../store/errors.js'
import { streamFile } from '../store/local/file.js'
import { fileStamp, fileVersion, timesIn } from '../store/local/version.js'
import type { ListedFile } from '../store/tree.js'
import { openIdentityCache, type IdentityCache } from './identity-cache.js'
import { type Trust, trustedTimes } from './trusted-times.js'

export interface IdentityOptions {
  readonly clock?: Clock | undefined
  /** Files hashed at once. */
  readonly concurrency?: number | undefined
  /** Read local files again, whatever is remembered. */
  readonly rehash?: boolean | undefined
  /** Decides which digests may be remembered. */
  readonly trust?: Trust | undefined
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
  const trust = options.trust ?? trustedTimes()
  const slot = pLimit(options.concurrency ?? 4)
  const identify = async (file: ListedFile) => {
    const byVersion = backendOf(file.uri).identify(file)
    return (
      byVersion ??
      `sha256:${await digestOf(file, cache && remembering(cache, trust, options), options, slot)}`
    )
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
  memory: Memory | undefined,
  options: IdentityOptions,
  slot: LimitFunction,
): Promise<string> {
  // The listing has just read the file's stamp: a digest cached under it needs no second `stat`.
  const path = locate(file.uri).key
  const known = file.stamp === undefined ? undefined : await memory?.recall(path, file.stamp)
  if (known !== undefined) {
    options.progress?.(file.size)
    return known
  }
  const stats = await stat(path, { bigint: true }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') throw notFound(file.uri)
    throw error
  })
  if (fileVersion(stats) !== file.version) throw changed(file.uri, file.version, fileVersion(stats))
  const digest = await slot(() => hashFile(path, file, options))
  await memory?.remember(path, fileStamp(stats), digest)
  return digest
}

/** The digests of local files, as far as their stamps can be trusted. */
interface Memory {
  recall(path: string, stamp: string): Promise<string | undefined>
  remember(path: string, stamp: string, digest: string): Promise<void>
}

function remembering(cache: IdentityCache, trust: Trust, { clock, rehash }: IdentityOptions): Memory {
  return {
    recall: async (path, stamp) =>
      !rehash && (await trust(path, timesIn(stamp))) ? cache.get(stamp) : undefined,
    async remember(path, stamp, digest) {
      const times = timesIn(stamp)
      const age = (clock ?? systemClock).now() - Number(times.ctimeNs / 1_000_000n)
      if (age > settledMilliseconds && (await trust(path, times))) cache.put(stamp, digest)
    },
  }
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
