import type { BigIntStats } from 'node:fs'
import { link, rename, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { systemClock, type Clock } from '../../../core/clock.js'
import { sha256 } from '../../../core/digest.js'
import { PipelineError } from '../../../core/error.js'
import { systemCode, wrongBody } from '../errors.js'
import { checkKey, checkPrefix, temporaryFolder } from '../key.js'
import type { Body, LocalFile, ObjectInfo, ReadOptions, Store } from '../store.js'
import { readFileRange, streamFile } from './file.js'
import { isSameFile, linkOnce, removeFile } from './link.js'
import { NameSync, syncPath } from './sync.js'
import { TemporaryFiles } from './temporary.js'
import { fileVersion } from './version.js'
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
  private readonly names: NameSync
  private readonly temporary: TemporaryFiles

  constructor(root: string, options: LocalOptions) {
    this.root = root
    this.uri = root
    this.durable = options.durable ?? ((key) => !key.startsWith('_live/') && !key.includes('/_live/'))
    this.clock = options.clock ?? systemClock
    this.names = new NameSync(root)
    this.temporary = new TemporaryFiles(root)
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
    // No bytes are written for an object that exists; `link` below decides the race.
    if (await this.stat(key)) return this.settled(path, durable, 'exists')
    if (body instanceof Uint8Array)
      return this.createFrom(await this.temporary.write(body, durable), path, durable)
    const direct = await this.linkFinished(body, path, durable)
    return direct ?? this.createFrom(await this.temporary.copy(body, durable), path, durable)
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
    const temporary = await this.temporary.write(body, durable)
    const version = fileVersion(await stat(temporary, { bigint: true }))
    if (expected === undefined)
      return (await this.createFrom(temporary, path, durable)) === 'created' ? { version } : 'conflict'

    // POSIX has no compare-and-rename: the process that links the claim for this version may replace it. One
    // that sleeps between check and rename for longer than a claim lives could still overwrite a newer
    // object, which is why only leases and pointers may rely on `replace`.
    const claim = this.temporary.pathOf(`claim-${sha256(`${key}\0${expected}`).slice(0, 32)}`)
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
      this.names.forget(folder)
      try {
        await rmdir(folder)
      } catch {
        return
      }
    }
  }

  async sweep(older_than_ms: number): Promise<readonly string[]> {
    return this.temporary.sweep(older_than_ms, this.clock)
  }

  private pathOf(key: string): string {
    checkKey(key, this.uri)
    return join(this.root, key)
  }

  private uriOf(key: string): string {
    return `${this.uri}/${key}`
  }

  private async createFrom(temporary: string, path: string, durable: boolean): Promise<'created' | 'exists'> {
    try {
      const outcome = await linkOnce(temporary, path)
      // A network file system repeats a call whose answer was lost: then the link that "exists" is ours.
      const ours = outcome === 'created' || (await isSameFile(temporary, path))
      return await this.settled(path, durable, ours ? 'created' : 'exists')
    } finally {
      await removeFile(temporary)
    }
  }

  /** Undefined where the file system has no hard links. */
  private async linkFinished(
    body: LocalFile,
    path: string,
    durable: boolean,
  ): Promise<'created' | 'exists' | undefined> {
    const { size } = await stat(body.path)
    if (size !== body.size) throw wrongBody(body.path, `${body.size} bytes`, `${size} bytes`)
    if (durable) await syncPath(body.path)
    try {
      return await this.settled(path, durable, await linkOnce(body.path, path))
    } catch (error) {
      if (error instanceof PipelineError && error.code === 'E_NO_HARD_LINK') return undefined
      throw error
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

  /** The result, once the name of the object is durable if it has to be. */
  private async settled<T>(path: string, durable: boolean, result: T): Promise<T> {
    if (durable) await this.names.sync(path)
    return result
  }
}

function infoOf(key: string, stats: BigIntStats): ObjectInfo {
  return { key, size: Number(stats.size), version: fileVersion(stats), modified_ms: Number(stats.mtimeMs) }
}
