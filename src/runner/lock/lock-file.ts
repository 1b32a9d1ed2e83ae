import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PipelineError } from '../../core/error.js'
import { canonicalJson, canonicalJsonPretty, type Json } from '../../core/json.js'
import type { Store } from '../../io/store/store.js'
import { digestOfJson } from '../../core/digest.js'
import type { Lock, LockedList } from '../../planner/lock.js'

/** `cc12m.yaml` → `cc12m.lock.json`, beside it. */
export function lockPath(manifest: string): string {
  return manifest.replace(/\.(ya?ml|json)$/, '').concat('.lock.json')
}

/** Throws `E_NO_LOCK`, or `E_LOCK` for a file that is not a lock. */
export async function readLock(manifest: string): Promise<Lock> {
  const path = lockPath(manifest)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PipelineError({
      code: 'E_NO_LOCK',
      failure: 'check',
      message: 'there is no lock file',
      place: path,
      hint: 'a finished `coterie run` writes it',
      cause,
    })
  })
  return parseLock(path, text)
}

export function parseLock(path: string, text: string): Lock {
  try {
    const lock = JSON.parse(text) as Lock
    if (lock.lock === 1 && Array.isArray(lock.stages)) return lock
  } catch {
    // Reported below like any other text that is not a lock.
  }
  throw new PipelineError({
    code: 'E_LOCK',
    failure: 'check',
    message: 'the lock file cannot be read',
    place: path,
    expected: '{"lock": 1, …}',
    found: text.slice(0, 60),
  })
}

/** Replaces the lock in one step; long lists go to the store first. An unchanged lock is left untouched. */
export async function writeLock(
  manifest: string,
  lock: Lock,
  stored: ReadonlyMap<string, Json>,
  store: Store,
): Promise<void> {
  for (const [key, list] of stored) await store.create(key, new TextEncoder().encode(canonicalJson(list)))
  const path = lockPath(manifest)
  const text = `${canonicalJsonPretty(lock)}\n`
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return
  const temporary = `${path}.${process.pid}.tmp`
  const handle = await open(temporary, 'w')
  await handle.writeFile(text)
  await handle.sync()
  await handle.close()
  await rename(temporary, path)
  const folder = await open(dirname(path), 'r')
  await folder.sync()
  await folder.close()
}

/** A list of the lock, wherever it is kept; its digest is checked. */
export async function readLockedList<T>(list: LockedList<T>, store: Store): Promise<readonly T[]> {
  const items =
    list.list ??
    (JSON.parse(new TextDecoder().decode(await store.read(list.stored_at ?? ''))) as readonly T[])
  if (digestOfJson(items) === list.digest) return items
  throw new PipelineError({
    code: 'E_LOCK',
    failure: 'check',
    message: 'a list of the lock is not what the lock says',
    place: list.stored_at ?? 'inline list',
    expected: list.digest,
    found: digestOfJson(items),
  })
}
