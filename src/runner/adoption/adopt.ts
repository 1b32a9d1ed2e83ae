import { join } from 'node:path'
import type { Clock } from '../../core/clock.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { locate } from '../../io/store/backends.js'
import type { Store } from '../../io/store/store.js'
import type { Task } from '../../planner/types.js'
import { adoptedKey, dataKey, recordKey } from '../layout.js'
import { endOfDeletion } from '../snapshots/running.js'
import { raiseFormat } from '../store-format.js'
import { encodeRecord, fileKey, hasRecord, readRecord, type TaskRecord } from '../task/record.js'

/**
 * Makes the result of another task that of this one; undefined if it is no longer whole. The mark is
 * written first: garbage collection keeps what a mark names, and one that was under way has ended before
 * the files are looked at. So a record never refers to data that may be deleted.
 */
export async function adopt(
  store: Store,
  task: Task,
  from: TaskRecord,
  clock: Clock,
): Promise<TaskRecord | undefined> {
  const data = from.data ?? from.fingerprint
  const own = data === task.fingerprint
  if (!own) await mark(store, task, data)
  await endOfDeletion(store, clock)
  if (!(await isWhole(store, from))) return undefined
  if (!own && task.named_by_path && !(await linkFiles(store, task, from))) return undefined
  const record: TaskRecord = {
    ...from,
    format: own ? 1 : 2,
    data: own ? undefined : data,
    fingerprint: task.fingerprint,
    entries: [...task.shared_entries, ...task.own_entries],
    split_ids: task.splits.map(({ id }) => id),
  }
  const outcome = await store.create(recordKey(task.stage, task.fingerprint), encodeRecord(record))
  return outcome === 'created' ? record : readRecord(store, task)
}

async function mark(store: Store, { stage, fingerprint }: Task, data: string): Promise<void> {
  await raiseFormat(store, 2)
  await store.create(adoptedKey(stage, fingerprint, data), new TextEncoder().encode('{}\n'))
}

/** Whether the record is there, and all of its files have their sizes. */
async function isWhole(store: Store, record: TaskRecord): Promise<boolean> {
  if (!(await hasRecord(store, record))) return false
  const found = await mapConcurrently(record.files, 16, async (file) => {
    const info = await store.stat(fileKey(record, file.name))
    return info?.size === file.size
  })
  return found.every(Boolean)
}

/**
 * Makes the files readable under the task's own name too, as files of other tasks name them. False where
 * that would copy them: a bucket has no links.
 */
async function linkFiles(store: Store, task: Task, from: TaskRecord): Promise<boolean> {
  const { backend, key: folder } = locate(store.uri)
  if (!backend.local) return false
  for (const { name, size, sha256 } of from.files) {
    const path = join(folder, fileKey(from, name))
    await store.create(dataKey(task.stage, task.fingerprint, name), { path, size, sha256 })
  }
  return true
}
