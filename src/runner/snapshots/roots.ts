import { PipelineError } from '../../core/error.js'
import type { Store } from '../../io/store/store.js'
import type { Lock } from '../../planner/lock.js'
import { adoptedIn, adoptedPrefix } from '../layout.js'
import { lockedStages } from '../lock/lock-file.js'
import { fingerprintsInUse } from './running.js'
import { readSnapshots, type Snapshot } from './snapshot.js'

/** What garbage collection keeps. */
export interface Roots {
  readonly snapshots: readonly Snapshot[]
  readonly fingerprints: ReadonlySet<string>
  /** What runs in progress make or rely on; `fingerprints` has these too. */
  readonly in_use: ReadonlySet<string>
  /** Keys of lists of locks. Undefined keeps all: a run in progress may be about to register one. */
  readonly lists: ReadonlySet<string> | undefined
}

export interface RootsOptions {
  /** Which snapshots count; all by default. */
  readonly keep?: (snapshot: Snapshot) => boolean
  /** Leave out what a lock with a damaged or missing list needs, instead of throwing. */
  readonly skip_damaged?: boolean
}

/**
 * What the registered runs of a store need, finished or in progress. A run registers its snapshot before it
 * ends its claim, so claims are read first: no run can be missed in between. Throws `E_SNAPSHOT`.
 */
export async function rootsOf(
  store: Store,
  { keep = () => true, skip_damaged = false }: RootsOptions = {},
): Promise<Roots> {
  const in_use = new Set(await fingerprintsInUse(store))
  const fingerprints = new Set(in_use)
  const lists = new Set<string>()
  const snapshots = (await readSnapshots(store)).filter(keep)
  const seen = new Set<string>()
  for (const snapshot of snapshots) {
    const { lock, lock_digest } = snapshot
    if (seen.has(lock_digest)) continue
    seen.add(lock_digest)
    for (const key of listsOf(lock)) lists.add(key)
    const stages = await lockedStages(lock, store).catch((cause: unknown) => {
      if (skip_damaged) return []
      throw damaged(snapshot, cause)
    })
    for (const { tasks } of stages) for (const { fingerprint } of tasks) fingerprints.add(fingerprint)
  }
  // Last, after what it belongs to: a mark that is written later sees the deletion that these roots are
  // for. What a mark names stays as long as the mark does, so that no record ever refers to data that is
  // gone.
  for await (const { key } of store.list(adoptedPrefix)) {
    const data = adoptedIn(key)
    if (data !== undefined) fingerprints.add(data)
  }
  return { snapshots, fingerprints, in_use, lists: in_use.size > 0 ? undefined : lists }
}

/** Keys of the lists that a lock keeps in the store. */
export function listsOf(lock: Lock): string[] {
  return [lock.inputs, ...lock.stages.map((stage) => stage.tasks)].flatMap((list) => list.stored_at ?? [])
}

function damaged({ id, manifest, host }: Snapshot, cause: unknown): PipelineError {
  const { code, failure, message, place } = PipelineError.from(cause)
  if (code !== 'E_NOT_FOUND' && code !== 'E_LOCK') return PipelineError.from(cause)
  return new PipelineError({
    code: 'E_SNAPSHOT',
    failure,
    message: `what run ${id} needs is not known: ${message}`,
    place,
    hint: `run ${manifest} on ${host} once more, or forget ${id} with \`coterie forget\``,
    cause,
  })
}
