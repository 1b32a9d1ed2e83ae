import { usableCores } from '../core/usable-cores.js'
import type { Verification } from '../runner/lock/verification.js'
import { verifyRepair } from '../runner/lock/repair.js'
import { type RebuildOptions, verifyLock, verifyRebuild } from '../runner/lock/verify.js'
import { plannedTasks } from './planned-event.js'
import type { VerifyOptions } from './options.js'

/**
 * Reads every file that the lock pins and compares digests; with `inputs`, also the inputs; with `rebuild`,
 * rebuilds the shards and compares bytes; with `repair`, computes missing and damaged results again. Returns
 * the differences; does not throw for them. Throws `PipelineError`: `E_NO_LOCK`, `E_FROZEN` if a rebuild or
 * repair would use another plan, `E_STOPPED` after an abort.
 */
export async function verify(manifest: string, options: VerifyOptions = {}): Promise<Verification> {
  const { rebuild, repair = false, listen = () => {}, workers, signal } = options
  if (rebuild === undefined && !repair) return verifyLock(manifest, options)
  const rebuilding: RebuildOptions = {
    ...options,
    workers: workers ?? usableCores(),
    signal: signal ?? new AbortController().signal,
    listen,
    expect: (tasks) => listen(plannedTasks(tasks)),
  }
  return rebuild === undefined
    ? verifyRepair(manifest, rebuilding)
    : verifyRebuild(manifest, rebuild, rebuilding)
}
