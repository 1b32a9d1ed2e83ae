import { usableCores } from '../core/usable-cores.js'
import { type Clock, systemClock } from '../core/clock.js'
import { PipelineError } from '../core/error.js'
import type { Store } from '../io/store/store.js'
import { requireSafeStore } from '../io/store/require-create-once.js'
import { localExecutor } from '../local-executor/local.js'
import type { ExecutionOutcome, Executor, Listener } from '../local-executor/executor.js'
import type { Lock } from '../planner/lock.js'
import { settle } from './adoption/settle.js'
import { allOf, keepFailures, worthRepeating } from './local-failures.js'
import { finishedTasks } from './finished-tasks.js'
import {
  experimentLock,
  type FoundLock,
  findLock,
  findLockToFreeze,
  type LockPlace,
  placeOf,
} from './lock/location.js'
import { storeLists, writeLock } from './lock/lock-file.js'
import { requireWritableLock } from './lock/writable.js'
import { openStorage, scratchFolder } from './storage.js'
import { type Prepared, prepare, type PrepareOptions } from './prepare.js'
import { resultAt, summariseRun, summaryOfIdleRun, type RunResult, type RunSummary } from './result.js'
import { clearScratch } from './task/scratch.js'
import { registerSnapshot } from './snapshots/register.js'
import { listsOf } from './snapshots/roots.js'
import { registerRunning } from './snapshots/running.js'
import { formatNewStore } from './store-format.js'
import { refuseUnexplained, refuseOtherBytes } from './lock/frozen.js'

export interface RunOptions extends PrepareOptions {
  readonly workers?: number | undefined
  /** Refuse to run anything that does not match the lock. */
  readonly frozen?: boolean | undefined
  /** After a failure, go on with the tasks that do not need the failed one; true by default. */
  readonly keep_going?: boolean | undefined
  /** Which tasks that failed before are repeated; all by default. */
  readonly retry?: 'all' | 'temporary' | undefined
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
  readonly listen?: Listener | undefined
  /** Called once, when the plan is known and before any task runs. */
  readonly planned?: ((prepared: Prepared) => void) | undefined
  /** Returns the executor to use instead of local worker processes, if any. */
  readonly executor?: ((prepared: Prepared) => Promise<Executor | undefined>) | undefined
}

/**
 * Plans a manifest, runs the tasks that have no result yet, and writes the lock. Throws the `PipelineError`
 * of the first task that failed, with the number of finished tasks.
 */
export async function runManifest(path: string, options: RunOptions = {}): Promise<RunResult> {
  // A frozen run vouches for bytes, not for times.
  const prepared = await prepare(path, { ...options, rehash: options.rehash ?? options.frozen })
  const { store } = await openStorage(prepared.setup)
  const frozen = options.frozen ? await findLockToFreeze(path, options) : undefined
  if (frozen) await refuseUnexplained(prepared.plan, frozen.lock, store)
  else await requirePlaceForLock(prepared, options)
  await requireSafeStore(store)
  await formatNewStore(store, prepared.done.size)
  options.planned?.(prepared)
  await prepared.keepPlugins()
  await prepared.remember()
  await clearScratch(scratchFolder(prepared.setup))
  const clock = options.clock ?? systemClock
  const done: Finished = { executed: new Set(), adopted: new Set() }
  for (;;) {
    const running = await registerRunning(store, path, prepared.plan, clock)
    try {
      await finishMissing(prepared, store, { ...options, clock }, done)
      // A process that was suspended for long may have lost results to a deletion: it looks again.
      if (!running.lapsed()) return await finishRun(prepared, store, done, frozen, options, clock)
    } finally {
      await running.end()
    }
  }
}

/** Fingerprints of the tasks that a run finished, by running them or by taking over an equal result. */
export interface Finished {
  readonly executed: Set<string>
  readonly adopted: Set<string>
}

/** Writes the lock and registers the run, all results of which are there. */
async function finishRun(
  prepared: Prepared,
  store: Store,
  done: Finished,
  frozen: FoundLock | undefined,
  options: RunOptions,
  clock: Clock,
): Promise<RunResult> {
  const { path } = prepared
  const idle = done.executed.size === 0 && !frozen ? await idleResult(prepared, store, options) : undefined
  if (idle) {
    const place = await keepLock(prepared, idle.lock, options)
    await registerSnapshot(store, path, idle.lock, clock)
    return resultAt(idle.summary, place)
  }
  const { summary, lock, stored } = await summariseRun(prepared, store, done)
  if (frozen) await refuseOtherBytes(frozen.lock, lock)
  await storeLists(stored, store)
  const place = frozen ?? (await keepLock(prepared, lock, options))
  await registerSnapshot(store, path, lock, clock)
  return resultAt(summary, place)
}

/** Writes the lock where its run belongs. */
async function keepLock({ path }: Prepared, lock: Lock, options: RunOptions): Promise<LockPlace> {
  const place = await placeOf(path, options, lock)
  await writeLock(place.path, lock)
  return place
}

/** A run with nothing to do may find its lock in a folder that cannot be written. */
async function requirePlaceForLock({ path, plan, done }: Prepared, options: RunOptions): Promise<void> {
  const finished = plan.stages.every(({ tasks }) => tasks.every(({ fingerprint }) => done.has(fingerprint)))
  // All of its places are in one folder.
  if (!finished) await requireWritableLock(options.lock ?? experimentLock(path, options))
}

/** Makes the results that are not there yet, and adds to `finished` what was done for that. */
async function finishMissing(
  prepared: Prepared,
  store: Store,
  {
    executor,
    workers,
    keep_going = true,
    retry = 'all',
    signal = new AbortController().signal,
    listen = () => {},
    clock,
  }: RunOptions & { readonly clock: Clock },
  { executed, adopted }: Finished,
): Promise<void> {
  const { plan, setup } = prepared
  for (const fingerprint of await settle(plan, prepared.foreseen, store, clock)) adopted.add(fingerprint)
  // Listed again: what was there when the run was planned may have been deleted before it was registered.
  const done = await finishedTasks(store, plan)
  const open = plan.stages.flatMap((stage) => stage.tasks.filter((task) => !done.has(task.fingerprint)))
  const { missing, refuse } = retry === 'temporary' ? await worthRepeating(store, open) : allOf(open)
  if (missing.length > 0) {
    const scheduled = await executor?.({ ...prepared, done })
    const chosen =
      scheduled ??
      localExecutor({
        workers: workers ?? prepared.workers ?? usableCores(),
        entry: workerEntry(),
        keep_going,
        setup,
        clock,
      })
    const byFingerprint = new Map(missing.map((task) => [task.fingerprint, task]))
    const hear: Listener = (event) => {
      if (event.type === 'finished') {
        const task = byFingerprint.get(event.task.fingerprint)
        if (task && event.adopted === undefined && !scheduled) prepared.learned.finished(task, event)
        ;(event.adopted === undefined ? executed : adopted).add(event.task.fingerprint)
      }
      listen(event)
    }
    const outcome = await chosen.execute(missing, { signal, listen: hear })
    await prepared.learned.save()
    // Jobs of a scheduler leave marks of their own.
    if (!scheduled) await keepFailures(store, outcome, clock)
    refuseFailures(outcome, missing.length)
  }
  refuse()
}

/** The result of a run that had nothing to do, from the lock, if the lock is for this plan. */
async function idleResult(
  prepared: Prepared,
  store: Store,
  options: RunOptions,
): Promise<{ summary: RunSummary; lock: Lock } | undefined> {
  // The lock describes the manifest's own store: for another store the records are read.
  if (options.store !== undefined) return undefined
  const before = await findLock(prepared.path, options).catch(() => undefined)
  const summary = before && (await summaryOfIdleRun(prepared, store, before.lock))
  if (!summary) return undefined
  // Lists are deleted with the last snapshot that needs them, also where its results are kept for others.
  for (const key of listsOf(before.lock)) if (!(await store.stat(key))) return undefined
  return { summary, lock: before.lock }
}

export function refuseFailures({ failures, finished }: ExecutionOutcome, wanted: number): void {
  // A run that was stopped is to be run again, whatever failed before.
  const first = failures.find(({ error }) => error.code === 'E_STOPPED') ?? failures[0]
  if (!first) {
    if (finished < wanted)
      throw new PipelineError({
        code: 'E_STOPPED',
        failure: 'retry',
        message: `stopped after ${finished} of ${wanted} tasks`,
        hint: 'run again to continue',
      })
    return
  }
  const { error, task } = first
  const others = othersOf(failures.filter((each) => each !== first))
  throw new PipelineError({
    ...error.toJSON(),
    message:
      `${error.message} (in ${task.stage}/${task.key}; ` +
      `${finished} of ${wanted} tasks were finished and are kept)${others}`,
    cause: error,
  })
}

const maxShown = 20

/** The other failures, one per line. */
function othersOf(failures: ExecutionOutcome['failures']): string {
  if (failures.length === 0) return ''
  const lines = failures
    .slice(0, maxShown)
    .map(
      ({ task, error }) =>
        `\n  ${error.place ?? `${task.stage}/${task.key}`}  ${error.code}  ${error.message}`,
    )
  const rest = failures.length - maxShown
  const more = rest > 0 ? `\n  and ${rest} more` : ''
  return `; ${failures.length + 1} tasks failed, also:${lines.join('')}${more}`
}

/** The compiled worker, or its source if the source itself runs. */
export function workerEntry(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
}
