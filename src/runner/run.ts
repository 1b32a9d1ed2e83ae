import { availableParallelism } from 'node:os'
import { PipelineError } from '../core/error.js'
import { requireSafeStore } from '../io/store/require-create-once.js'
import { localExecutor } from '../local-executor/local.js'
import type { ExecutionOutcome, Executor, Listener } from '../local-executor/executor.js'
import { readLock, writeLock } from './lock/lock-file.js'
import { openStorage, scratchFolder } from './storage.js'
import { type Prepared, prepare, type PrepareOptions } from './prepare.js'
import { summariseRun, summaryOfIdleRun, type RunResult } from './result.js'
import { clearScratch } from './task/scratch.js'
import { refuseUnexplained, refuseOtherBytes } from './lock/frozen.js'

export interface RunOptions extends PrepareOptions {
  readonly workers?: number | undefined
  /** Refuse to run anything that the lock does not explain. */
  readonly frozen?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly listen?: Listener | undefined
  /** Told once, when the plan is known and before anything runs. */
  readonly planned?: ((prepared: Prepared) => void) | undefined
  /** What runs the tasks instead of worker processes of this machine, if the profile says so. */
  readonly executor?: ((prepared: Prepared) => Promise<Executor | undefined>) | undefined
}

/**
 * Plans a manifest, runs what has no result yet, and writes the lock. Throws `PipelineError`: the first
 * failure of a task, with how far the run came.
 */
export async function runManifest(path: string, options: RunOptions = {}): Promise<RunResult> {
  const prepared = await prepare(path, options)
  const { plan, setup, done } = prepared
  const storage = await openStorage(setup)
  const lock = options.frozen ? await readLock(path) : undefined
  if (lock) await refuseUnexplained(plan, lock, storage.store)
  await requireSafeStore(storage.store)
  options.planned?.(prepared)
  await prepared.remember()
  await clearScratch(scratchFolder(setup))
  const missing = plan.stages.flatMap((stage) => stage.tasks.filter((task) => !done.has(task.fingerprint)))
  const signal = options.signal ?? new AbortController().signal
  if (missing.length > 0) {
    const executor =
      (await options.executor?.(prepared)) ??
      localExecutor({
        workers: options.workers ?? prepared.workers ?? availableParallelism(),
        entry: workerEntry(),
        setup,
      })
    refuseFailures(
      await executor.execute(missing, { signal, listen: options.listen ?? (() => {}) }),
      missing.length,
    )
  }
  // The lock tells of the manifest's own store: with another one its records are read.
  if (missing.length === 0 && !lock && options.until === undefined && options.store === undefined) {
    const before = await readLock(path).catch(() => undefined)
    const idle = before && summaryOfIdleRun(prepared, before)
    if (idle) return idle
  }
  const executed = new Set(missing.map((task) => task.fingerprint))
  const result = await summariseRun(prepared, storage.store, executed, options.until === undefined)
  if (lock) await refuseOtherBytes(lock, result.lock)
  else if (options.until === undefined) await writeLock(path, result.lock, result.stored, storage.store)
  return result.summary
}

export function refuseFailures({ failures, finished }: ExecutionOutcome, wanted: number): void {
  const first = failures[0]
  if (!first) {
    if (finished < wanted)
      throw new PipelineError({
        code: 'E_STOPPED',
        failure: 'retry',
        message: `stopped after ${finished} of ${wanted} tasks`,
        hint: 'run again to go on',
      })
    return
  }
  const { error, task } = first
  throw new PipelineError({
    ...error.toJSON(),
    message:
      `${error.message} (in ${task.stage}/${task.key}; ` +
      `${finished} of ${wanted} tasks were finished and are kept)`,
    cause: error,
  })
}

/** The compiled worker beside this file, or its source where the source itself runs. */
export function workerEntry(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './task/worker.ts' : './task/worker.js', import.meta.url)
}
