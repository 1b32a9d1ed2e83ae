import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homeFolder } from '../core/home-folder.js'
import { dirname, join } from 'node:path'
import type { Json } from '../core/json.js'
import { parseJson } from '../core/parse-json.js'
import { map, type Shape } from '../core/shape.js'

/** The folder that caches facts about immutable files between runs. Losing it costs only time. */
export function cacheFolder(env: { readonly [name: string]: string | undefined } = process.env): string {
  return env.COTERIE_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homeFolder(), '.cache'), 'coterie')
}

/**
 * A cache in a JSON file, keyed by identity. Concurrent runs may lose each other's additions, but never
 * damage the file.
 */
export class Memo<T extends Json> {
  private readonly path: string
  private readonly known: Map<string, T>
  private changed = false

  private constructor(path: string, known: Map<string, T>) {
    this.path = path
    this.known = known
  }

  static async open<T extends Json>(path: string, shape: Shape<T>): Promise<Memo<T>> {
    try {
      return new Memo(path, new Map(Object.entries(parseJson(await readFile(path), path, map(shape)))))
    } catch {
      return new Memo(path, new Map())
    }
  }

  /** What is known, without making it. */
  peek(key: string): T | undefined {
    return this.known.get(key)
  }

  set(key: string, value: T): void {
    if (this.known.get(key) === value) return
    this.known.set(key, value)
    this.changed = true
  }

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.known.get(key)
    if (known !== undefined) return known
    const made = await make()
    this.known.set(key, made)
    this.changed = true
    return made
  }

  async save(): Promise<void> {
    if (!this.changed) return
    const temporary = `${this.path}.${process.pid}`
    try {
      await mkdir(dirname(this.path), { recursive: true })
      await writeFile(temporary, JSON.stringify(Object.fromEntries(this.known)))
      await rename(temporary, this.path)
      this.changed = false
    } catch {
      // Without a writable cache (read-only home) the next run only takes longer.
    }
  }
}
