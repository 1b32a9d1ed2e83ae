import { mapConcurrently } from '../core/concurrency.js'
import { openPlace } from './place.js'
import type { Prepared } from './prepare.js'
import { readRecord } from './record.js'

/** `status --json`. */
export interface RunStatus {
  readonly manifest: string
  readonly complete: boolean
  readonly stages: readonly { readonly stage: string; readonly tasks: number; readonly succeeded: number; readonly pending: number; readonly rows_out: number; readonly state: 'pending' | 'running' | 'succeeded' }[]
}

/** What the store knows about a run: a task has succeeded if and only if its record is there. */
export async function statusOf({ plan, setup, done }: Prepared): Promise<RunStatus> {
  const { store } = await openPlace(setup)
  const stages = await Promise.all(
    plan.stages.map(async (stage) => {
      const finished = stage.tasks.filter((task) => done.has(task.fingerprint))
      const records = await mapConcurrently(finished, 16, (task) => readRecord(store, task))
      const pending = stage.tasks.length - finished.length
      const state = pending === 0 ? ('succeeded' as const) : finished.length > 0 ? ('running' as const) : ('pending' as const)
      return { stage: stage.node, tasks: stage.tasks.length, succeeded: finished.length, pending, rows_out: records.reduce((sum, record) => sum + record.accounting.rows_out, 0), state }
    }),
  )
  return { manifest: plan.manifest, complete: stages.every((stage) => stage.pending === 0), stages }
}
