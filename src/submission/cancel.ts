import { finishedTasks } from '../runner/finished-tasks.js'
import { cancelledKey } from './layout.js'
import { readLedger } from './ledger.js'
import type { SubmissionContext } from './context.js'

/**
 * Cancels every job of a run that may still be active, and prevents arrays that are being submitted from
 * starting. Returns the number of jobs.
 */
export async function cancelRun({ store, plan, scheduler }: SubmissionContext): Promise<number> {
  const ledger = await readLedger(store, plan.manifest)
  const done = await finishedTasks(store, plan)
  const open = ledger.arrays.filter(
    (array) =>
      array.cancelled_ms === undefined &&
      array.refused === undefined &&
      !array.members.every((element) => element.every((id) => done.has(id))),
  )
  const jobs = open.flatMap(({ job, name, size }) => (job === undefined ? [] : [{ id: job, name, size }]))
  await scheduler.cancel(jobs)
  for (const array of open) await store.create(cancelledKey(plan.manifest, array.name), new Uint8Array(0))
  return jobs.length
}
