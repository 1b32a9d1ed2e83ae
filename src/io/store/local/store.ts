import { createHash, randomBytes } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { copyFile, link, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { systemClock, type Clock } from '../../../core/clock.js'
import { sha256 } from '../../../core/digest.js'
import { PipelineError } from '../../../core/error.js'
import { systemCode, wrongBody } from '../errors.js'
import { fileVersion, readFileRange, streamFile } from './file.js'
import { makeFolder } from './folder.js'
import { checkKey, checkPrefix, temporaryFolder } from '../key.js'
import type { Body, LocalFile, ObjectInfo, ReadOptions, Store } from '../store.js'
import { walkFiles } from './walk.js'
import { writeFailure } from './write-failure.js'

export interface LocalOptions {
  /** Whether an object has to survive a power cut. Defaults to everything but heartbeats (`_live/`). */
  readonly durable?: ((key: string) => boolean) | undefined
  readonly clock?: Clock | undefined
}

/** A claim older than this was left by a process that died between claiming and renaming. */
const staleClaimMilliseconds = 30_000

/**
 * A folder as a store. Files are finished under `_tmp/` (same file system), synced, and then linked to their
 * names, so that a name never shows half of its bytes, even after a power cut; then the folder is synced.
 */
export function localStore(folder: string, options: LocalOptions = {}): Store {
  return new LocalStore(resolve(folder), options)
}

class LocalStore implements Store {
  readonly uri: string
  private readonly root: string
  private readonly durable: (key: string) => boolean
  private readonly clock: Clock
  /** Folders whose names are known to be on disk, up to the root. */
  private readonly synced = new Set<string>()

  constructor(root: string, options: LocalOptions) {
    this.root = root
    this.uri = root
    this.durable = options.durable ?? ((key) => !key.startsWith('_live/') && !key.includes('/_live/'))
    this.clock = options.clock ?? systemClock
  }

  async stat(key: string): Promise<ObjectInfo | undefined> {
    const path = this.pathOf(key)
    try {
      const stats = await stat(path, { bigint: true })
      return stats.isFile() ? infoOf(key, stats) : undefined
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
      throw error
    }
  }

  async read(key: string, options: ReadOptions = {}): Promise<Uint8Array> {
    return readFileRange({ path: this.pathOf(key), uri: this.uriOf(key), ...options })
  }

  stream(key: string, options: ReadOptions = {}): AsyncIterable<Uint8Array> {
    return streamFile({ path: this.pathOf(key), uri: this.uriOf(key), ...options })
  }

  async create(key: string, body: Body): Promise<'created' | 'exists'> {
    const path = this.pathOf(key)
    try {
      return await this.createAt(path, key, body)
    } catch (error) {
      throw writeFailure(error, this.uriOf(key))
    }
  }

  private async createAt(path: string, key: string, body: Body): Promise<'created' | 'exists'> {
    const durable = this.durable(key)
    // What is there already needs no bytes written; `link` below decides the race.
    if (await this.stat(key)) return this.settled(path, durable, 'exists')
    if (body instanceof Uint8Array) return this.createFrom(await this.temporary(body, durable), path, durable)
    const direct = await this.linkFinished(body, path, durable)
    return direct ?? this.createFrom(await this.copied(body, durable), path, durable)
  }

  async replace(
    key: string,
    body: Uint8Array,
    expected: string | undefined,
  ): Promise<{ version: string } | 'conflict'> {
    const path = this.pathOf(key)
    try {
      return await this.replaceAt(path, key, body, expected)
    } catch (error) {
      throw writeFailure(error, this.uriOf(key))
    }
  }

  private async replaceAt(
    path: string,
    key: string,
    body: Uint8Array,
    expected: string | undefined,
  ): Promise<{ version: string } | 'conflict'> {
    const durable = this.durable(key)
    if ((await this.stat(key))?.version !== expected) return 'conflict'
    const temporary = await this.temporary(body, durable)
    const version = fileVersion(await stat(temporary, { bigint: true }))
    if (expected === undefined)
      return (await this.createFrom(temporary, path, durable)) === 'created' ? { version } : 'conflict'

    // POSIX has no compare-and-rename. Whoever links the claim for this very version may replace it; a
    // process that sleeps longer than the claim lives between the check and the rename could still overwrite
    // a newer object, which is why nothing but leases and pointers may rest on `replace`.
    const claim = join(this.root, temporaryFolder, `claim-${sha256(`${key}\0${expected}`).slice(0, 32)}`)
    try {
      if (!(await this.claim(temporary, claim))) return 'conflict'
      try {
        if ((await this.stat(key))?.version !== expected) return 'conflict'
        await rename(temporary, path)
      } finally {
        await removeFile(claim)
      }
    } finally {
      await removeFile(temporary)
    }
    return this.settled(path, durable, { version })
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix, this.uri)
    for await (const batch of walkFiles(this.root, prefix, { skip: temporaryFolder })) {
      for (const { key, stats } of batch) yield infoOf(key, stats)
    }
  }

  async remove(key: string): Promise<void> {
    const path = this.pathOf(key)
    await removeFile(path)
    for (let folder = dirname(path); folder.startsWith(this.root + sep); folder = dirname(folder)) {
      this.synced.delete(folder)
      try {
        await rmdir(folder)
      } catch {
        return
      }
    }
  }

  async sweep(older_than_ms: number): Promise<readonly string[]> {
    const folder = join(this.root, temporaryFolder)
    const removed: string[] = []
    for (const name of await readdir(folder).catch(() => [])) {
      const stats = await stat(join(folder, name)).catch(() => undefined)
      if (stats?.isFile() && this.clock.now() - stats.mtimeMs >= older_than_ms) {
        await removeFile(join(folder, name))
        removed.push(`${temporaryFolder}/${name}`)
      }
    }
    return removed.sort()
  }

  private pathOf(key: string): string {
    checkKey(key, this.uri)
    return join(this.root, key)
  }

  private uriOf(key: string): string {
    return `${this.uri}/${key}`
  }

  /** A finished file under `_tmp/`. */
  private async temporary(bytes: Uint8Array, durable: boolean): Promise<string> {
    return this.withTemporary(async (path) => {
      const file = await open(path, 'wx')
      try {
        await file.writeFile(bytes)
        if (durable) await file.datasync()
      } finally {
        await file.close()
      }
    })
  }

  /**
   * The fallback where a file cannot be linked (another file system, another owner): its bytes are checked as
   * they are copied.
   */
  private async copied(body: LocalFile, durable: boolean): Promise<string> {
    return this.withTemporary(async (path) => {
      await copyFile(body.path, path)
      const hash = createHash('sha256')
      for await (const piece of streamFile({ path, uri: body.path })) hash.update(piece)
      const found = hash.digest('hex')
      if (found !== body.sha256) throw wrongBody(body.path, `sha256 ${body.sha256}`, `sha256 ${found}`)
      if (durable) await syncPath(path)
    })
  }

  private async withTemporary(write: (path: string) => Promise<void>): Promise<string> {
    const folder = join(this.root, temporaryFolder)
    const path = join(folder, `${process.pid}-${randomBytes(9).toString('hex')}`)
    await makeFolder(folder)
    try {
      await write(path)
      return path
    } catch (error) {
      await removeFile(path).catch(() => {})
      throw error
    }
  }

  private async createFrom(temporary: string, path: string, durable: boolean): Promise<'created' | 'exists'> {
    try {
      const outcome = await this.linkInto(temporary, path)
      // A network file system repeats a call whose answer was lost: then the link that "exists" is ours.
      const ours = outcome === 'created' || (await sameFile(temporary, path))
      return await this.settled(path, durable, ours ? 'created' : 'exists')
    } finally {
      await removeFile(temporary)
    }
  }

  /** Undefined where the file system does not allow the link. */
  private async linkFinished(
    body: LocalFile,
    path: string,
    durable: boolean,
  ): Promise<'created' | 'exists' | undefined> {
    const { size } = await stat(body.path)
    if (size !== body.size) throw wrongBody(body.path, `${body.size} bytes`, `${size} bytes`)
    if (durable) await syncPath(body.path)
    try {
      return await this.settled(path, durable, await this.linkInto(body.path, path))
    } catch (error) {
      if (error instanceof PipelineError && error.code === 'E_NO_HARD_LINK') return undefined
      throw error
    }
  }

  private async linkInto(from: string, path: string): Promise<'created' | 'exists'> {
    for (let attempt = 0; ; attempt++) {
      await makeFolder(dirname(path))
      try {
        await link(from, path)
        return 'created'
      } catch (error) {
        const code = systemCode(error)
        if (code === 'EEXIST') return 'exists'
        // Somebody emptied and removed the folder in between.
        if (code === 'ENOENT' && attempt < 8) continue
        if (
          code === 'EXDEV' ||
          code === 'EPERM' ||
          code === 'EMLINK' ||
          code === 'ENOTSUP' ||
          code === 'ENOSYS'
        )
          throw noHardLink(path, error)
        throw error
      }
    }
  }

  private async claim(temporary: string, claim: string): Promise<boolean> {
    try {
      await link(temporary, claim)
      return true
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      const stats = await stat(claim).catch(() => undefined)
      if (stats?.isFile() && this.clock.now() - stats.mtimeMs > staleClaimMilliseconds)
        await removeFile(claim)
      return false
    }
  }

  /**
   * Makes names durable: the object's folder, and every folder above it that this process has not synced yet.
   */
  private async settled<T>(path: string, durable: boolean, result: T): Promise<T> {
    if (!durable) return result
    const folder = dirname(path)
    await syncPath(folder)
    // A folder's own name stands in its parent, which has to be synced once for it and not for each of its
    // files.
    for (let named = folder; named.startsWith(this.root) && !this.synced.has(named); named = dirname(named)) {
      await syncPath(dirname(named))
      this.synced.add(named)
    }
    return result
  }
}

function infoOf(key: string, stats: BigIntStats): ObjectInfo {
  return { key, size: Number(stats.size), version: fileVersion(stats), modified_ms: Number(stats.mtimeMs) }
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r').catch((error: unknown) => {
    // The parent of the root may be closed to us, and is then not ours to sync.
    if (systemCode(error) === 'EACCES') return undefined
    throw error
  })
  try {
    await file?.sync()
  } finally {
    await file?.close()
  }
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([
    stat(a, { bigint: true }),
    stat(b, { bigint: true }).catch(() => undefined),
  ])
  return other !== undefined && one.ino === other.ino && one.dev === other.dev
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

function noHardLink(path: string, cause: unknown): PipelineError {
  return new PipelineError({
    code: 'E_NO_HARD_LINK',
    message: 'this file system cannot link a finished file to its name, so create-once is not safe on it',
    place: path,
    hint:
      'choose a store folder that lies on one file system with hard links (ext4, xfs, NFS, …), ' +
      'or an S3 store',
    cause,
  })
}
