import { PipelineError } from '../../core/error.js'
import type { Store } from '../../io/store/store.js'
import { unneeded } from '../garbage.js'
import { removeLast } from '../last-documents.js'
import type { Clock } from '../../core/clock.js'
import { rootsOf } from './roots.js'
import { readSnapshots, type Snapshot, snapshotKey } from './snapshot.js'
import { registerEnded } from './submitted.js'

/** Which snapshots to forget: those with these ids, or those of a name but for its last ones. */
export type ForgetChoice =
  | { readonly ids: readonly string[] }
  | { readonly name: string; readonly keep_last: number }

export interface Forgotten {
  readonly snapshots: readonly Snapshot[]
  /** Objects and bytes that only these snapshots need. */
  readonly frees: { readonly objects: number; readonly bytes: number }
  /** Whether the snapshots were removed, not only named. */
  readonly forgotten: boolean
}

/**
 * Says what forgetting would free, and forgets where `remove` is set. The results stay until garbage is
 * collected. Throws `E_UNKNOWN_SNAPSHOT`.
 */
export async function forgetSnapshots(
  store: Store,
  choice: ForgetChoice,
  remove: boolean,
  clock: Clock,
): Promise<Forgotten> {
  // Otherwise a submitted run that is forgotten now would be registered again when its end is seen.
  await registerEnded(store, clock)
  const chosen = choose(await readSnapshots(store), choice)
  const gone = new Set(chosen.map(({ id }) => id))
  const without = await rootsOf(store, { keep: ({ id }) => !gone.has(id), skip_damaged: true })
  const now = await rootsOf(store, { skip_damaged: true })
  const free = { objects: 0, bytes: 0 }
  for await (const { size } of unneeded(store, without)) {
    free.objects += 1
    free.bytes += size
  }
  for await (const { size } of unneeded(store, now)) {
    free.objects -= 1
    free.bytes -= size
  }
  if (remove) {
    for (const id of gone) await store.remove(snapshotKey(id))
    if ('name' in choice && choice.keep_last === 0) await removeLast(store, choice.name)
  }
  return { snapshots: chosen, frees: free, forgotten: remove }
}

function choose(snapshots: readonly Snapshot[], choice: ForgetChoice): readonly Snapshot[] {
  if ('name' in choice) {
    const named = snapshots.filter(({ name }) => name === choice.name)
    return named.slice(0, Math.max(0, named.length - choice.keep_last))
  }
  return choice.ids.map((id) => {
    const found = snapshots.filter((snapshot) => snapshot.id.startsWith(id))
    if (found.length === 1) return found[0] as Snapshot
    throw new PipelineError({
      code: 'E_UNKNOWN_SNAPSHOT',
      failure: 'usage',
      message: found.length === 0 ? `there is no snapshot ${id}` : `${id} begins more than one id`,
      expected: snapshots.map((snapshot) => snapshot.id).join(', ') || 'none: no run is registered',
    })
  })
}
