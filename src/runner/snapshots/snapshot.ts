import { parseJson } from '../../core/parse-json.js'
import { object, oneOf, type Shape, text } from '../../core/shape.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { readIfThere } from '../../io/store/read-if-there.js'
import type { Store } from '../../io/store/store.js'
import type { Lock } from '../../planner/lock.js'
import { lockShape } from '../lock/lock-shape.js'

/**
 * A finished run, registered in its store. Snapshots are what garbage collection keeps; the lock itself
 * knows nothing of them, so that equal runs have equal locks.
 */
export interface Snapshot {
  readonly snapshot: 1
  /** Random, eight hexadecimal digits. */
  readonly id: string
  /** When a run last ended with this lock, ISO 8601. */
  readonly time: string
  readonly user: string
  readonly host: string
  /** Absolute path of the manifest on that host. */
  readonly manifest: string
  /** `name` of the manifest. */
  readonly name: string
  /** SHA-256 of the canonical JSON of the lock, hex. */
  readonly lock_digest: string
  readonly lock: Lock
}

const shape: Shape<Snapshot> = object<Snapshot>({
  snapshot: oneOf(1),
  id: text,
  time: text,
  user: text,
  host: text,
  manifest: text,
  name: text,
  lock_digest: text,
  lock: lockShape,
})

export const snapshotsPrefix = '_snapshots/'
export const snapshotKey = (id: string) => `${snapshotsPrefix}${id}.json`

/** All snapshots of a store, oldest first. One that is forgotten in the meantime is left out. */
export async function readSnapshots(store: Store): Promise<Snapshot[]> {
  const keys: string[] = []
  for await (const { key } of store.list(snapshotsPrefix)) if (key.endsWith('.json')) keys.push(key)
  const snapshots = await mapConcurrently(keys, 16, async (key) => {
    const bytes = await readIfThere(store, key)
    return bytes ? [parseJson(bytes, `${store.uri}/${key}`, shape)] : []
  })
  return snapshots.flat().sort((a, b) => (a.time < b.time || (a.time === b.time && a.id < b.id) ? -1 : 1))
}
