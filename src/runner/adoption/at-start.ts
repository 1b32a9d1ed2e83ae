import type { Clock } from '../../core/clock.js'
import type { Store } from '../../io/store/store.js'
import type { Task } from '../../planner/types.js'
import type { StageRegistry } from '../../stages/stage-registry.js'
import { readRecord, type TaskRecord } from '../task/record.js'
import { ifPermitted } from '../store-format.js'
import { adopt } from './adopt.js'
import { keyOfTask } from './key-of-task.js'
import { addToIndex, indexed } from './store-index.js'

/**
 * Takes over an equal result that the store has, or calls `run`. Decides when the task starts, since only
 * then the results that it takes are known. Either way, the result is found by later tasks.
 */
export async function adoptOrRun(
  task: Task,
  { store, stages, clock }: { readonly store: Store; readonly stages: StageRegistry; readonly clock: Clock },
  run: () => Promise<TaskRecord>,
): Promise<TaskRecord> {
  const key = await keyOfTask(task, stages, (ref) => readRecord(store, ref))
  // What names its inputs is made anew: only what others see of it may be equal.
  const equal = task.names_inputs ? undefined : await adoptEqual(task, key, store, clock)
  const record = equal ?? (await run())
  await addToIndex(store, task.stage, key, task.fingerprint).catch(ifPermitted)
  return record
}

async function adoptEqual(
  task: Task,
  key: string,
  store: Store,
  clock: Clock,
): Promise<TaskRecord | undefined> {
  for (const fingerprint of await indexed(store, task.stage, key)) {
    if (fingerprint === task.fingerprint) continue
    // Entries outlive results that were deleted.
    const from = await readRecord(store, { stage: task.stage, key: task.key, fingerprint }).catch(
      () => undefined,
    )
    const adopted = from && (await adopt(store, task, from, clock).catch(ifPermitted))
    if (adopted) return adopted
  }
  return undefined
}
