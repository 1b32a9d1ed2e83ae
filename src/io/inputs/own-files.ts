import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

/** Tells the manifest, its locks and its profile from the files of a crawl, whatever links lead to them. */
export class OwnFiles {
  private readonly names: ReadonlySet<string>
  private readonly manifest: string
  private readonly own: Promise<ReadonlySet<string>>

  constructor(manifest: string, others: readonly string[]) {
    const all = [manifest, ...others].map((path) => resolve(path))
    this.names = new Set(all.map((path) => basename(path)))
    this.manifest = resolve(manifest)
    this.own = Promise.all(all.map(real)).then((paths) => new Set(paths))
  }

  async has(path: string): Promise<boolean> {
    const name = basename(path)
    if (!this.names.has(name) && !name.endsWith('.lock.json')) return false
    const found = await real(path)
    return (await this.own).has(found) || this.isLock(found, await real(this.manifest))
  }

  /** `NAME.lock.json`, and `NAME.1234abcd.lock.json` of runs with other flags. */
  private isLock(path: string, manifest: string): boolean {
    const stem = basename(manifest).replace(/\.ya?ml$/i, '')
    const name = basename(path)
    if (dirname(path) !== dirname(manifest) || !name.startsWith(`${stem}.`)) return false
    return /^\.([0-9a-f]{8}\.)?lock\.json$/.test(name.slice(stem.length))
  }
}

async function real(path: string): Promise<string> {
  const folder = await realpath(dirname(resolve(path))).catch(() => dirname(resolve(path)))
  return join(folder, basename(path))
}
