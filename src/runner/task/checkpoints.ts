import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Store } from '../../io/store/store.js'
import type { Checkpoints } from '../../stages/define.js'
import { checkpointPrefix } from '../layout.js'

/**
 * Checkpoints of a task in progress: `_live/checkpoints/<fingerprint>/<order>/<file>`, valid once the file
 * `complete` exists. Losing them costs only time.
 */
export function openCheckpoints(store: Store, fingerprint: string): Checkpoints & { clear(): Promise<void> } {
  const prefix = checkpointPrefix(fingerprint)
  const folderOf = (order: number) => `${prefix}${String(order).padStart(12, '0')}/`
  const keys = async () => {
    const found: string[] = []
    for await (const { key } of store.list(prefix)) found.push(key)
    return found
  }
  const removeAll = async (which: (key: string) => boolean) => {
    for (const key of await keys()) if (which(key)) await store.remove(key)
  }
  return {
    async save(folder, names, order) {
      const target = folderOf(order)
      for (const name of names) {
        const path = join(folder, name)
        await store.create(`${target}${name}`, {
          path,
          size: (await stat(path)).size,
          sha256: await digestOf(path),
        })
      }
      await store.create(`${target}complete`, new Uint8Array(0))
      await removeAll((key) => key < target)
    },
    async restore(folder) {
      const all = await keys()
      const marker = all.filter((key) => key.endsWith('/complete')).at(-1)
      if (!marker) return false
      const from = marker.slice(0, -'complete'.length)
      await mkdir(folder, { recursive: true })
      for (const key of all)
        if (key.startsWith(from) && key !== marker)
          await download(store, key, join(folder, key.slice(from.length)))
      return true
    },
    clear: () => removeAll(() => true),
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array)
  return hash.digest('hex')
}

async function download(store: Store, key: string, path: string): Promise<void> {
  const file = await open(`${path}.part`, 'w')
  try {
    for await (const piece of store.stream(key)) await file.write(piece)
  } finally {
    await file.close()
  }
  await rename(`${path}.part`, path)
}
