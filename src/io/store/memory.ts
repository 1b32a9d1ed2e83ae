import { readFile } from 'node:fs/promises'
import { systemClock, type Clock } from '../../core/clock.js'
import { sha256 } from '../../core/digest.js'
import { byCodeUnit } from '../../core/json.js'
import { changed, notFound, wrongBody } from './errors.js'
import { checkKey, checkPrefix } from './key.js'
import type { Body, ObjectInfo, ReadOptions, Store } from './store.js'

interface Held {
  readonly info: ObjectInfo
  readonly bytes: Uint8Array
}

/** A store in memory, for tests and simulations. */
export function memoryStore(name = 'memory', clock: Clock = systemClock): Store {
  return new MemoryStore(`memory:${name}`, clock)
}

class MemoryStore implements Store {
  readonly uri: string
  private readonly clock: Clock
  private readonly objects = new Map<string, Held>()
  private writes = 0

  constructor(uri: string, clock: Clock) {
    this.uri = uri
    this.clock = clock
  }

  async stat(key: string): Promise<ObjectInfo | undefined> {
    checkKey(key, this.uri)
    return this.objects.get(key)?.info
  }

  async read(key: string, options: ReadOptions = {}): Promise<Uint8Array> {
    checkKey(key, this.uri)
    options.signal?.throwIfAborted()
    const held = this.objects.get(key)
    if (!held) throw notFound(`${this.uri}/${key}`)
    if (options.version !== undefined && options.version !== held.info.version) {
      throw changed(`${this.uri}/${key}`, options.version, held.info.version)
    }
    return held.bytes.slice(options.range?.start ?? 0, options.range?.end ?? held.bytes.byteLength)
  }

  async *stream(key: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const bytes = await this.read(key, options)
    for (let at = 0; at < bytes.byteLength; at += 1 << 16) {
      options.signal?.throwIfAborted()
      yield bytes.subarray(at, at + (1 << 16))
    }
  }

  async create(key: string, body: Body): Promise<'created' | 'exists'> {
    checkKey(key, this.uri)
    const bytes = await bytesOf(body)
    if (this.objects.has(key)) return 'exists'
    this.put(key, bytes)
    return 'created'
  }

  async replace(
    key: string,
    body: Uint8Array,
    expected: string | undefined,
  ): Promise<{ version: string } | 'conflict'> {
    checkKey(key, this.uri)
    if (this.objects.get(key)?.info.version !== expected) return 'conflict'
    return { version: this.put(key, body.slice()) }
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix, this.uri)
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(byCodeUnit)
    for (const key of keys) {
      const held = this.objects.get(key)
      if (held) yield held.info
    }
  }

  async remove(key: string): Promise<void> {
    checkKey(key, this.uri)
    this.objects.delete(key)
  }

  async sweep(): Promise<readonly string[]> {
    return []
  }

  private put(key: string, bytes: Uint8Array): string {
    const version = `${++this.writes}`
    this.objects.set(key, {
      bytes,
      info: { key, size: bytes.byteLength, version, modified_ms: this.clock.now() },
    })
    return version
  }
}

async function bytesOf(body: Body): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body.slice()
  const bytes = new Uint8Array(await readFile(body.path))
  if (bytes.byteLength !== body.size)
    throw wrongBody(body.path, `${body.size} bytes`, `${bytes.byteLength} bytes`)
  const found = sha256(bytes)
  if (found !== body.sha256) throw wrongBody(body.path, `sha256 ${body.sha256}`, `sha256 ${found}`)
  return bytes
}
