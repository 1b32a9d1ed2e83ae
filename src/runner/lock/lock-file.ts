import { parseJson } from '../../core/parse-json.js'
import { anyJson, list } from '../../core/shape.js'
import { lockShape } from './lock-shape.js'
import { randomUUID } from 'node:crypto'
import { open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PipelineError } from '../../core/error.js'
import { canonicalJson, canonicalJsonPretty, type Json } from '../../core/json.js'
import { systemCode } from '../../io/store/errors.js'
import type { Store } from '../../io/store/store.js'
import { digestOfJson } from '../../core/digest.js'
import type { Lock, LockedList, LockedTask } from '../../planner/lock.js'
import { noPlaceForLock } from './writable.js'

/** Reads a lock file. Throws `E_NO_LOCK`, or `E_LOCK` for a file that is not a lock. */
export async function readLockAt(path: string, command = 'coterie run'): Promise<Lock> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (!isMissing(cause)) throw unreadable(path, cause)
    throw new PipelineError({
      code: 'E_NO_LOCK',
      failure: 'check',
      message: 'there is no lock file',
      place: path,
      hint: `written by a finished \`${command}\``,
      cause,
    })
  })
  return parseLock(path, text)
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function unreadable(path: string, cause: unknown): PipelineError {
  return new PipelineError({
    code: 'E_LOCK',
    failure: 'check',
    message: 'the lock file cannot be read',
    place: path,
    found: systemCode(cause) ?? String(cause),
    cause,
  })
}

export function parseLock(path: string, content: string): Lock {
  try {
    return parseJson(content, path, lockShape)
  } catch (error) {
    const { message, expected, found } = PipelineError.from(error)
    throw new PipelineError({
      code: 'E_LOCK',
      failure: 'check',
      message: `the lock file cannot be read: ${message}`,
      place: path,
      expected,
      found,
    })
  }
}

/** Puts the long lists of a lock into the store. */
export async function storeLists(stored: ReadonlyMap<string, Json>, store: Store): Promise<void> {
  for (const [key, list] of stored) await store.create(key, new TextEncoder().encode(canonicalJson(list)))
}

/** Replaces the lock atomically; its lists are in the store already. An unchanged lock is not written. */
export async function writeLock(path: string, lock: Lock): Promise<void> {
  const text = `${canonicalJsonPretty(lock)}\n`
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return
  await writeAtomically(path, text).catch((cause: unknown) => {
    throw noPlaceForLock(path, cause)
  })
}

async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  const handle = await open(temporary, 'wx')
  try {
    await handle.writeFile(text)
    await handle.sync()
    await handle.close()
    await rename(temporary, path)
  } catch (error) {
    await handle.close().catch(() => {})
    await unlink(temporary).catch(() => {})
    throw error
  }
  const folder = await open(dirname(path), 'r')
  await folder.sync()
  await folder.close()
}

/** Unchecked members: the caller compares the digest of the whole list. */
async function storedList(key: string, store: Store): Promise<readonly unknown[]> {
  return parseJson(await store.read(key), `${store.uri}/${key}`, list(anyJson))
}

/** Reads a list of the lock, inline or from the store, and checks its digest. */
export async function readLockedList<T>(locked: LockedList<T>, store: Store): Promise<readonly T[]> {
  const items = locked.list ?? ((await storedList(locked.stored_at ?? '', store)) as readonly T[])
  if (digestOfJson(items) === locked.digest) return items
  throw new PipelineError({
    code: 'E_LOCK',
    failure: 'check',
    message: 'a list of the lock does not have the recorded digest',
    place: locked.stored_at ?? 'inline list',
    expected: locked.digest,
    found: digestOfJson(items),
  })
}

/** The stages of a lock with all their tasks, which long locks keep in the store. */
export async function lockedStages(
  lock: Lock,
  store: Store,
): Promise<
  readonly { readonly node: string; readonly stage: string; readonly tasks: readonly LockedTask[] }[]
> {
  return Promise.all(
    lock.stages.map(async ({ node, stage, tasks }) => ({
      node,
      stage,
      tasks: await readLockedList(tasks, store),
    })),
  )
}
