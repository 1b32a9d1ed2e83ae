import type { Lock, LockedInput } from '../../planner/lock.js'
import { openHead } from '../open-manifest.js'
import { prepare, type Prepared, type PrepareOptions } from '../prepare.js'
import { openStorage } from '../storage.js'
import { refuseUnexplained } from './frozen.js'
import { readLockedList } from './lock-file.js'

/**
 * The plan that a lock pins: of its inputs only, as a crawl may have grown since. Throws `E_FROZEN` if the
 * manifest has another plan.
 */
export async function planOfLock(path: string, lock: Lock, options: PrepareOptions): Promise<Prepared> {
  const { store } = await openStorage((await openHead(path, options)).setup)
  const inputs = await readLockedList<LockedInput>(lock.inputs, store)
  const identities = new Set(inputs.map(({ identity }) => identity))
  const prepared = await prepare(path, { ...options, identities })
  await refuseUnexplained(prepared.plan, lock, store)
  return prepared
}
