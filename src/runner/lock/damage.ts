import { mapConcurrently } from '../../core/concurrency.js'
import { append } from '../../core/extremes.js'
import { PipelineError } from '../../core/error.js'
import type { Store } from '../../io/store/store.js'
import { type Lock, rootOf } from '../../planner/lock.js'
import { dataPrefix, recordKey } from '../layout.js'
import { digestOf } from '../stored-digest.js'
import type { AdoptedTask } from '../task/adopted-tasks.js'
import { fileKey, hasRecord, readRecord, type TaskRecord } from '../task/record.js'
import { lockedStages } from './lock-file.js'
import { type Mismatch, stopped } from './verification.js'

/** A result to look at: `root` where a lock pins it. */
export interface CheckedTask {
  readonly stage: string
  readonly key: string
  readonly fingerprint: string
  readonly root?: string | undefined
}

/** A result whose files or record are not as they should be. */
export interface DamagedTask {
  readonly task: CheckedTask
  /** Undefined if it is missing, cannot be read, or is not the one that the lock pins. */
  readonly record: TaskRecord | undefined
  readonly mismatches: readonly Mismatch[]
}

export interface Checked {
  readonly files: number
  readonly bytes: number
  readonly damaged: readonly DamagedTask[]
  /** Tasks that have the result of another one. */
  readonly adopted: readonly AdoptedTask[]
}

/** What is wrong with the object under a key; undefined if nothing is. */
type Look = (
  key: string,
  file: TaskRecord['files'][number],
) => Promise<Pick<Mismatch, 'expected' | 'found'> | undefined>

/** Compares the digest of every file. */
export function byDigest(store: Store): Look {
  return async (key, file) => {
    const found = (await digestOf(store, key)) ?? 'missing'
    return found === file.sha256 ? undefined : { expected: file.sha256, found }
  }
}

/** Compares sizes, from listings: no data is read. */
export function bySize(store: Store): Look {
  const listings = new Map<string, Promise<ReadonlyMap<string, number>>>()
  return async (key, file) => {
    const prefix = dataPrefix(key.slice(0, key.indexOf('/')))
    const listing = listings.get(prefix) ?? sizesBelow(store, prefix)
    listings.set(prefix, listing)
    const size = (await listing).get(key)
    if (size === file.size) return undefined
    return { expected: `${file.size} bytes`, found: size === undefined ? 'missing' : `${size} bytes` }
  }
}

async function sizesBelow(store: Store, prefix: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  for await (const { key, size } of store.list(prefix)) sizes.set(key, size)
  return sizes
}

export async function pinnedTasks(lock: Lock, store: Store): Promise<readonly CheckedTask[]> {
  const stages = await lockedStages(lock, store)
  return stages.flatMap(({ stage, tasks }) => tasks.map((task) => ({ stage, ...task })))
}

/** Looks at the records and files of finished tasks. Throws `E_STOPPED` after an abort. */
export async function checkResults(
  tasks: readonly CheckedTask[],
  store: Store,
  look: Look,
  signal?: AbortSignal | undefined,
): Promise<Checked> {
  const damaged: DamagedTask[] = []
  const adopted: AdoptedTask[] = []
  let files = 0
  let bytes = 0
  for (const task of tasks) {
    if (signal?.aborted) throw stopped(files)
    const { record, mismatches } = await checkRecord(store, task)
    if (record) {
      if (record.data !== undefined) adopted.push({ ...refOf(record), data: record.data })
      const found = await mapConcurrently(record.files, 4, async (file) => {
        const key = fileKey(record, file.name)
        const wrong = await look(key, file)
        return wrong ? [{ path: `${store.uri}/${key}`, ...wrong }] : []
      })
      append(mismatches, found.flat())
      files += record.files.length
      bytes += record.files.reduce((sum, { size }) => sum + size, 0)
    }
    if (mismatches.length > 0) damaged.push({ task, record, mismatches })
  }
  return { files, bytes, damaged, adopted }
}

const refOf = ({ stage, key, fingerprint }: TaskRecord): CheckedTask => ({ stage, key, fingerprint })

async function checkRecord(
  store: Store,
  { stage, key, fingerprint, root }: CheckedTask,
): Promise<{ record: TaskRecord | undefined; mismatches: Mismatch[] }> {
  const path = `${store.uri}/${recordKey(stage, fingerprint)}`
  const wrong = (expected: string, found: string) => ({
    record: undefined,
    mismatches: [{ path, expected, found }],
  })
  const expected = `the record of ${stage}/${key}`
  if (!(await hasRecord(store, { stage, fingerprint }))) return wrong(expected, 'missing')
  try {
    const record = await readRecord(store, { stage, key, fingerprint })
    const found = rootOf(record.files)
    if (root === undefined || found === root) return { record, mismatches: [] }
    return wrong(`root ${root}`, `root ${found}`)
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'E_RECORD') throw error
    return wrong(expected, error.found ?? error.message)
  }
}
