import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { Clock } from '../../core/clock.js'
import { digestOfJson } from '../../core/digest.js'
import { whoami } from '../../core/who.js'
import type { Store } from '../../io/store/store.js'
import type { Lock } from '../../planner/lock.js'
import { readSnapshots, type Snapshot, snapshotKey } from './snapshot.js'

/**
 * Registers a run that ended well. The same lock of the same manifest, user and host renews its snapshot
 * instead of adding one.
 */
export async function registerSnapshot(store: Store, path: string, lock: Lock, clock: Clock): Promise<void> {
  const manifest = resolve(path)
  const lock_digest = digestOfJson(lock)
  const who = whoami()
  const before = (await readSnapshots(store)).find(
    (known) =>
      known.lock_digest === lock_digest &&
      known.manifest === manifest &&
      known.user === who.user &&
      known.host === who.host,
  )
  const id = before?.id ?? randomBytes(4).toString('hex')
  const snapshot: Snapshot = {
    snapshot: 1,
    id,
    time: new Date(clock.now()).toISOString(),
    ...who,
    manifest,
    name: lock.manifest,
    lock_digest,
    lock,
  }
  const bytes = new TextEncoder().encode(JSON.stringify(snapshot))
  if (!before) {
    if ((await store.create(snapshotKey(id), bytes)) === 'exists')
      return registerSnapshot(store, path, lock, clock)
    return
  }
  const current = await store.stat(snapshotKey(id))
  await store.replace(snapshotKey(id), bytes, current?.version)
}
