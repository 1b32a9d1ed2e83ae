import { mapConcurrently } from '../../core/concurrency.js'
import type { Store } from '../../io/store/store.js'
import type { TaskRef } from '../../planner/types.js'
import { adoptedPrefix, ownerOf } from '../layout.js'
import { readRecord } from './record.js'

/** A task that has the result of another one. */
export interface AdoptedTask {
  readonly stage: string
  readonly key: string
  readonly fingerprint: string
  /** Fingerprint of the task whose data it is. */
  readonly data: string
}

/** Which of these tasks, all of which have records, adopted their results. */
export async function adoptedTasks(store: Store, tasks: readonly TaskRef[]): Promise<AdoptedTask[]> {
  const marked = new Set<string>()
  for await (const { key } of store.list(adoptedPrefix)) {
    const fingerprint = ownerOf(key)
    if (fingerprint !== undefined) marked.add(fingerprint)
  }
  const found = await mapConcurrently(
    tasks.filter(({ fingerprint }) => marked.has(fingerprint)),
    16,
    (task) => readRecord(store, task),
  )
  return found.flatMap(({ stage, key, fingerprint, data }) =>
    data === undefined ? [] : [{ stage, key, fingerprint, data }],
  )
}
