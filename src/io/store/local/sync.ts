import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '../errors.js'

/** Flushes a file or a folder to disk. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r').catch((error: unknown) => {
    // The parent of the root may be closed to this user, and is then not ours to sync.
    if (systemCode(error) === 'EACCES') return undefined
    throw error
  })
  try {
    await file?.sync()
  } finally {
    await file?.close()
  }
}

/** Makes the names of files below a root durable. */
export class NameSync {
  private readonly root: string
  /** Folders whose own names are known to be on disk. */
  private readonly synced = new Set<string>()

  constructor(root: string) {
    this.root = root
  }

  /** Syncs the folder of `path`, and every folder above it that this process has not synced yet. */
  async sync(path: string): Promise<void> {
    const folder = dirname(path)
    await syncPath(folder)
    // A folder's name is an entry of its parent: one sync of the parent per folder, not per file.
    for (let named = folder; named.startsWith(this.root) && !this.synced.has(named); named = dirname(named)) {
      await syncPath(dirname(named))
      this.synced.add(named)
    }
  }

  /** To be called before a folder is removed: a new one of the same name has to be synced again. */
  forget(folder: string): void {
    this.synced.delete(folder)
  }
}
