import type { Store } from '../../io/store/store.js'
import type { Lock } from '../../planner/lock.js'
import { lockedStages } from '../lock/lock-file.js'
import { fingerprintsInUse } from './running.js'
import { readSnapshots, type Snapshot } from './snapshot.js'

/** What garbage collection keeps. */
export interface Roots {
  readonly snapshots: readonly Snapshot[]
  readonly fingerprints: ReadonlySet<string>
  /** Keys of lists of locks. */
  readonly lists: ReadonlySet<string>
}

/**
 * What the registered runs of a store need, finished or in progress. A run registers its snapshot before it
 * ends its claim, so claims are read first: no run can be missed in between.
 */
export async function rootsOf(
  store: Store,
  keep: (snapshot: Snapshot) => boolean = () => true,
): Promise<Roots> {
  const fingerprints = new Set(await fingerprintsInUse(store))
  const lists = new Set<string>()
  const snapshots = (await readSnapshots(store)).filter(keep)
  const seen = new Set<string>()
  for (const { lock, lock_digest } of snapshots) {
    if (seen.has(lock_digest)) continue
    seen.add(lock_digest)
    for (const { tasks } of await lockedStages(lock, store))
      for (const { fingerprint } of tasks) fingerprints.add(fingerprint)
    for (const key of listsOf(lock)) lists.add(key)
  }
  return { snapshots, fingerprints, lists }
}

function listsOf(lock: Lock): string[] {
  return [lock.inputs, ...lock.stages.map((stage) => stage.tasks)].flatMap((list) => list.stored_at ?? [])
}
