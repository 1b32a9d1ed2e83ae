import { createHash, randomBytes } from 'node:crypto'
import { copyFile, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../core/clock.js'
import { wrongBody } from '../errors.js'
import { temporaryFolder } from '../key.js'
import type { LocalFile } from '../store.js'
import { streamFile } from './file.js'
import { makeFolder } from './folder.js'
import { removeFile } from './link.js'
import { syncPath } from './sync.js'

/** Files under `_tmp/` of a store: finished there before they get their names. */
export class TemporaryFiles {
  private readonly folder: string

  constructor(root: string) {
    this.folder = join(root, temporaryFolder)
  }

  pathOf(name: string): string {
    return join(this.folder, name)
  }

  /** Returns the path of a file with these bytes. */
  async write(bytes: Uint8Array, durable: boolean): Promise<string> {
    return this.make(async (path) => {
      const file = await open(path, 'wx')
      try {
        await file.writeFile(bytes)
        if (durable) await file.datasync()
      } finally {
        await file.close()
      }
    })
  }

  /** Returns the path of a copy, whose bytes are checked while they are copied. */
  async copy(body: LocalFile, durable: boolean): Promise<string> {
    return this.make(async (path) => {
      await copyFile(body.path, path)
      const hash = createHash('sha256')
      for await (const piece of streamFile({ path, uri: body.path })) hash.update(piece)
      const found = hash.digest('hex')
      if (found !== body.sha256) throw wrongBody(body.path, `sha256 ${body.sha256}`, `sha256 ${found}`)
      if (durable) await syncPath(path)
    })
  }

  /** Removes files that are at least this old; returns their keys. */
  async sweep(olderThanMs: number, clock: Clock): Promise<readonly string[]> {
    const removed: string[] = []
    for (const name of await readdir(this.folder).catch(() => [])) {
      const path = this.pathOf(name)
      const stats = await stat(path).catch(() => undefined)
      if (stats?.isFile() && clock.now() - stats.mtimeMs >= olderThanMs) {
        await removeFile(path)
        removed.push(`${temporaryFolder}/${name}`)
      }
    }
    return removed.sort()
  }

  private async make(write: (path: string) => Promise<void>): Promise<string> {
    const path = this.pathOf(`${process.pid}-${randomBytes(9).toString('hex')}`)
    await makeFolder(this.folder)
    try {
      await write(path)
      return path
    } catch (error) {
      await removeFile(path).catch(() => {})
      throw error
    }
  }
}
