import { mapConcurrently } from '../core/concurrency.js'
import type { Store } from '../io/store/store.js'
import type { RunTask, RunTasks } from '../planner/types.js'
import { readTasks } from './array-file.js'
import type { Ledger } from './ledger.js'

/** The tasks of submissions by stage, in the order of their arrays, for which no manifest is at hand. */
export async function submittedTasks(store: Store, { arrays }: Ledger): Promise<RunTasks> {
  const tasks = await mapConcurrently(arrays, 4, ({ submission, name }) =>
    readTasks(store, submission.folder, name),
  )
  const byNode = new Map<string, Map<string, RunTask>>()
  for (const task of tasks.flat()) {
    const found = byNode.get(task.node) ?? new Map<string, RunTask>()
    found.set(task.fingerprint, task)
    byNode.set(task.node, found)
  }
  return {
    manifest: arrays[0]?.submission.name ?? '',
    stages: [...byNode].map(([node, found]) => {
      const list = [...found.values()]
      return { node, stage: list[0]?.stage ?? node, tasks: list }
    }),
  }
}
