import { mapConcurrently } from '../core/concurrency.js'
import { PipelineError } from '../core/error.js'
import { type LocalFailure, readFailures } from './local-failures.js'
import type { Mismatch } from './lock/verification.js'
import { openStorage } from './storage.js'
import type { Recalled } from './recall.js'
import { fingerprintsRunning } from './snapshots/running.js'
import { readRecord } from './task/record.js'

/** Rows are added up from records, one by one; above this number, the status leaves them out. */
const maxRecordsRead = 2_000

type StageState = 'pending' | 'running' | 'succeeded'

/** `status --json`. */
export interface RunStatus {
  readonly manifest: string
  readonly complete: boolean
  readonly stages: readonly {
    readonly stage: string
    readonly tasks: number
    readonly succeeded: number
    readonly pending: number
    readonly rows_out: number | null
    readonly state: StageState
  }[]
  /** Why tasks failed that ran without a scheduler and have not succeeded since. */
  readonly local_failures: readonly LocalFailure[]
  /** With `--files`: records and files of finished tasks that are missing, unreadable or of another size. */
  readonly damaged?: readonly Mismatch[] | undefined
}

/**
 * The status of a run, from the store: a task has succeeded if and only if its record exists. A stage is
 * `running` while a run that needs it is in progress on some machine.
 */
export async function statusOf({
  plan,
  setup,
  done,
}: Pick<Recalled, 'plan' | 'setup' | 'done'>): Promise<RunStatus> {
  const { store } = await openStorage(setup)
  const running = new Set(await fingerprintsRunning(store))
  const stages = await Promise.all(
    plan.stages.map(async (stage) => {
      const finished = stage.tasks.filter((task) => done.has(task.fingerprint))
      const records =
        finished.length > maxRecordsRead
          ? undefined
          : await mapConcurrently(finished, 16, (task) => readRecord(store, task)).catch(unlessDamaged)
      const pending = stage.tasks.length - finished.length
      const runs = stage.tasks.some(({ fingerprint }) => running.has(fingerprint) && !done.has(fingerprint))
      const state: StageState = pending === 0 ? 'succeeded' : runs ? 'running' : 'pending'
      return {
        stage: stage.node,
        tasks: stage.tasks.length,
        succeeded: finished.length,
        pending,
        rows_out: records?.reduce((sum, record) => sum + record.accounting.rows_out, 0) ?? null,
        state,
      }
    }),
  )
  const open = plan.stages.flatMap(({ tasks }) => tasks.filter(({ fingerprint }) => !done.has(fingerprint)))
  const local_failures = await readFailures(store, open)
  return {
    manifest: plan.manifest,
    local_failures,
    complete: stages.every((stage) => stage.pending === 0),
    stages,
  }
}

/** A record that cannot be read hides the number of rows, and nothing else. */
function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof PipelineError) || error.code !== 'E_RECORD') throw error
}
