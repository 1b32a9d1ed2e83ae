import type { Clock } from '../../core/clock.js'
import { mapConcurrently } from '../../core/concurrency.js'
import type { Store } from '../../io/store/store.js'
import type { Plan, TaskRef } from '../../planner/types.js'
import { finishedTasks } from '../finished-tasks.js'
import { ifPermitted } from '../store-format.js'
import { adopt } from './adopt.js'
import type { Foreseen } from './foresee.js'
import { addToIndex } from './store-index.js'

/**
 * Adopts the results that are certain, before any task runs, and prepares the choice of the tasks that
 * decide when they start. Returns the fingerprints of the tasks that adopted.
 */
export async function settle(
  plan: Plan,
  foreseen: Foreseen,
  store: Store,
  clock: Clock,
): Promise<ReadonlySet<string>> {
  const adopted = new Set<string>()
  if (foreseen.certain.size > 0) {
    const done = await finishedTasks(store, plan)
    const there = ({ fingerprint }: TaskRef) => done.has(fingerprint) || adopted.has(fingerprint)
    let left = plan.stages.flatMap(({ tasks }) =>
      tasks.filter((task) => foreseen.certain.has(task.fingerprint) && !there(task)),
    )
    for (;;) {
      // An input whose result could not be adopted after all is made again first.
      const ready = left.filter(({ takes, after }) => [...Object.values(takes).flat(), ...after].every(there))
      if (ready.length === 0) break
      left = left.filter((task) => !ready.includes(task))
      await mapConcurrently(ready, 16, async (task) => {
        const from = foreseen.certain.get(task.fingerprint)
        // Who submits may not be permitted to write results: then the task decides when it starts.
        if (from && (await adopt(store, task, from, clock).catch(ifPermitted))) adopted.add(task.fingerprint)
      })
    }
  }
  // What is left depends, or takes from a task that names its inputs and is made anew.
  const left = (await foreseen.entries()).filter(({ task }) => !adopted.has(task))
  await mapConcurrently(left, 16, ({ stage, key, fingerprint }) =>
    addToIndex(store, stage, key, fingerprint).catch(ifPermitted),
  )
  return adopted
}
