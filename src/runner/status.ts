import { mapConcurrently } from '../core/concurrency.js'
import { openStorage } from './storage.js'
import type { Recalled } from './recall.js'
import { readRecord } from './task/record.js'

/** Rows are added up from records, one by one; above this number, the status leaves them out. */
const maxRecordsRead = 2_000

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
    readonly state: 'pending' | 'running' | 'succeeded'
  }[]
}

/** The status of a run, from the store: a task has succeeded if and only if its record exists. */
export async function statusOf({
  plan,
  setup,
  done,
}: Pick<Recalled, 'plan' | 'setup' | 'done'>): Promise<RunStatus> {
  const { store } = await openStorage(setup)
  const stages = await Promise.all(
    plan.stages.map(async (stage) => {
      const finished = stage.tasks.filter((task) => done.has(task.fingerprint))
      const records =
        finished.length > maxRecordsRead
          ? undefined
          : await mapConcurrently(finished, 16, (task) => readRecord(store, task))
      const pending = stage.tasks.length - finished.length
      const state =
        pending === 0
          ? ('succeeded' as const)
          : finished.length > 0
            ? ('running' as const)
            : ('pending' as const)
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
  return { manifest: plan.manifest, complete: stages.every((stage) => stage.pending === 0), stages }
}
