import type { Clock } from '../../core/clock.js'
import { mapConcurrently } from '../../core/concurrency.js'
import type { Store } from '../../io/store/store.js'
import type { Plan, TaskRef } from '../../planner/types.js'
import { finishedTasks } from '../finished-tasks.js'
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
        if (from && (await adopt(store, task, from, clock))) adopted.add(task.fingerprint)
      })
    }
  }
  await mapConcurrently(await foreseen.entries(), 16, ({ stage, key, fingerprint }) =>
    addToIndex(store, stage, key, fingerprint),
  )
  return adopted
}
