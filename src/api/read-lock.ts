import type { Lock } from '../planner/lock.js'
import { findLock } from '../runner/lock/location.js'
import type { LockOptions } from './options.js'

/**
 * Reads the lock that a finished run of a manifest wrote, with the same `set` and `until`. Throws
 * `PipelineError`: `E_NO_LOCK`, or `E_LOCK` for a file that is not a lock.
 */
export async function readLock(manifest: string, options: LockOptions = {}): Promise<Lock> {
  return (await findLock(manifest, options)).lock
}
