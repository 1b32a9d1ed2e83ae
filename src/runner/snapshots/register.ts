import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.js'
import { digestOfJson } from '../../core/digest.js'
import type { Store } from '../../io/store/store.js'
import type { Lock } from '../../planner/lock.js'
import { type RunBy, runBy } from '../owner.js'
import { readSnapshots, type Snapshot, snapshotKey } from './snapshot.js'

/**
 * Registers a run that ended well. The same lock of the same manifest, user and host renews its snapshot
 * instead of adding one.
 */
export async function registerSnapshot(store: Store, path: string, lock: Lock, clock: Clock): Promise<void> {
  return registerSnapshotOf(store, await runBy(path), lock, clock)
}

/** The same for a run of anybody. */
export async function registerSnapshotOf(store: Store, by: RunBy, lock: Lock, clock: Clock): Promise<void> {
  const lock_digest = digestOfJson(lock)
  for (;;) {
    const before = (await readSnapshots(store)).find(
      (known) =>
        known.lock_digest === lock_digest &&
        known.manifest === by.manifest &&
        known.user === by.user &&
        known.host === by.host,
    )
    const id = before?.id ?? randomBytes(4).toString('hex')
    const snapshot: Snapshot = {
      snapshot: 1,
      id,
      time: new Date(clock.now()).toISOString(),
      user: by.user,
      host: by.host,
      manifest: by.manifest,
      name: lock.manifest,
      lock_digest,
      lock,
    }
    const current = before && (await store.stat(snapshotKey(id)))
    const bytes = new TextEncoder().encode(JSON.stringify(snapshot))
    // Another process may renew or forget it, or take the id, at the same time.
    if ((await store.replace(snapshotKey(id), bytes, current?.version)) !== 'conflict') return
  }
}
