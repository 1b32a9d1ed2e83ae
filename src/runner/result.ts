import { mapConcurrently } from '../core/concurrency.js'
import type { Json } from '../core/json.js'
import type { SkippedFiles } from '../io/inputs/skipped.js'
import type { Store } from '../io/store/store.js'
import { makeLock, totalDropped, unexplained, type Lock } from '../planner/lock.js'
import type { StagePlan } from '../planner/types.js'
import type { LockKind, LockPlace } from './lock/location.js'
import type { Prepared } from './prepare.js'
import { fileKey, readRecord, type TaskRecord } from './task/record.js'
import { totalRemarks } from './task/remarks.js'

/** `run --json`: fields are added, never renamed. */
export interface RunResult {
  readonly manifest: string
  readonly store: string
  readonly lock: string | null
  /** Whether that is the manifest's own lock, that of this `--set` and `--until`, or the file of `--lock`. */
  readonly lock_of: LockKind
  readonly report: string | null
  readonly stages: readonly StageResult[]
  /** Files of the input that no stage reads, by reason. */
  readonly skipped_inputs: readonly SkippedFiles[]
  /** What to know about the input, such as shards with the same bytes. */
  readonly warnings: readonly string[]
}

/** A result whose lock has no place yet. */
export type RunSummary = Omit<RunResult, 'lock' | 'lock_of'>

/** Adds where the lock is. */
export function resultAt(summary: RunSummary, { path, kind }: LockPlace): RunResult {
  const { manifest, store, ...rest } = summary
  return { manifest, store, lock: path, lock_of: kind, ...rest }
}

export interface StageResult {
  readonly stage: string
  readonly fingerprint: string
  readonly tasks: number
  readonly executed: number
  readonly reused: number
  /** How many of these this run took over because they came out equal to what the store had. */
  readonly adopted: number
  readonly rows_in: number
  readonly rows_out: number
  readonly dropped: { readonly [reason: string]: number }
  /** What was odd about the input but did no harm, counted; of a run with nothing to do, nothing. */
  readonly remarks: { readonly [name: string]: number }
  /** Sum over the tasks that this run executed. */
  readonly seconds: number
}

/** Reads the records of a run; returns what is printed and what is locked. */
export async function summariseRun(
  prepared: Prepared,
  store: Store,
  finished: { readonly executed: ReadonlySet<string>; readonly adopted: ReadonlySet<string> },
): Promise<{ summary: RunSummary; lock: Lock; stored: ReadonlyMap<string, Json> }> {
  const { path, plan, setup } = prepared
  const tasks = plan.stages.flatMap((stage) => stage.tasks)
  const records = new Map(
    (await mapConcurrently(tasks, 32, (task) => readRecord(store, task))).map((record) => [
      record.fingerprint,
      record,
    ]),
  )
  const { lock, stored } = makeLock({ ...plan, until: prepared.until }, records)
  return {
    summary: {
      manifest: path,
      store: setup.store,
      report: await pageOf(prepared, store),
      skipped_inputs: prepared.skipped,
      warnings: prepared.warnings,
      stages: plan.stages.map((stage) => resultOf(stage, records, finished)),
    },
    lock,
    stored,
  }
}

/**
 * The result of a run that had nothing to do, from the lock of the previous run: reading the records of a
 * hundred thousand tasks only to add them up would take longer than planning them. Undefined if the lock is
 * for another plan.
 */
export async function summaryOfIdleRun(
  prepared: Prepared,
  store: Store,
  lock: Lock,
): Promise<RunSummary | undefined> {
  const { path, plan, setup } = prepared
  if (lock.until !== prepared.until) return undefined
  if (lock.stages.length !== plan.stages.length || unexplained(plan, lock).length > 0) return undefined
  const locked = new Map(lock.stages.map((stage) => [stage.node, stage]))
  return {
    manifest: path,
    store: setup.store,
    report: await pageOf(prepared, store),
    skipped_inputs: prepared.skipped,
    warnings: prepared.warnings,
    stages: plan.stages.map(({ node, fingerprint, tasks }) => {
      const { rows_in = 0, rows_out = 0, dropped = {} } = locked.get(node) ?? {}
      return {
        stage: node,
        fingerprint,
        tasks: tasks.length,
        executed: 0,
        reused: tasks.length,
        adopted: 0,
        rows_in,
        rows_out,
        dropped,
        remarks: {},
        seconds: 0,
      }
    }),
  }
}

function resultOf(
  stage: StagePlan,
  records: ReadonlyMap<string, TaskRecord>,
  { executed, adopted }: { readonly executed: ReadonlySet<string>; readonly adopted: ReadonlySet<string> },
): StageResult {
  const own = stage.tasks.flatMap((task) => records.get(task.fingerprint) ?? [])
  const ran = stage.tasks.filter((task) => executed.has(task.fingerprint)).length
  return {
    stage: stage.node,
    fingerprint: stage.fingerprint,
    tasks: stage.tasks.length,
    executed: ran,
    reused: stage.tasks.length - ran,
    adopted: stage.tasks.filter((task) => adopted.has(task.fingerprint)).length,
    rows_in: own.reduce((sum, record) => sum + record.accounting.rows_in, 0),
    rows_out: own.reduce((sum, record) => sum + record.accounting.rows_out, 0),
    dropped: totalDropped(own),
    remarks: totalRemarks(own),
    seconds:
      Math.round(
        own.reduce((sum, record) => sum + (executed.has(record.fingerprint) ? record.seconds : 0), 0) * 1000,
      ) / 1000,
  }
}

/** URI of the run's page; null if no stage of the plan makes one. */
async function pageOf({ plan, setup, stages }: Prepared, store: Store): Promise<string | null> {
  for (const { stage, tasks } of plan.stages) {
    const { page } = stages.get(stage)
    const [task] = tasks
    if (!page || !task) continue
    // Where its record is damaged, the task is named: its page is where it would be.
    const record = await readRecord(store, task).catch(() => task)
    return `${setup.store}/${fileKey(record, page.html)}`
  }
  return null
}
