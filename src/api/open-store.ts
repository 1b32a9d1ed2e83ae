import { mapConcurrently } from '../core/concurrency.js'
import { PipelineError } from '../core/error.js'
import type { Json } from '../core/json.js'
import type { ByteSource } from '../io/source.js'
import { settingsIn } from '../io/store/settings.js'
import type { Store } from '../io/store/store.js'
import { loadProfile } from '../manifest/profile.js'
import type { Lock } from '../planner/lock.js'
import { readLockedList } from '../runner/lock/lock-file.js'
import { openRecorded } from '../runner/task/artefact.js'
import { openResults } from '../runner/store-format.js'
import { readRecord } from '../runner/task/record.js'
import type { FileRecord } from '../stages/define.js'

/** The files that one task wrote, by name. The document readers take one of these. */
export interface StoredArtefact {
  readonly stage: string
  readonly key: string
  readonly fingerprint: string
  readonly files: readonly FileRecord[]
  readonly rows_out: number
  /** Notes of the task, for people: no result depends on them. */
  readonly notes: { readonly [name: string]: Json }
  /** Throws `E_NO_SUCH_FILE`, or `E_ARTEFACT_DAMAGED` if the size differs from the record. */
  open(name: string): Promise<ByteSource>
}

/** A read-only store. */
export interface ReadableStore extends Pick<Store, 'uri' | 'stat' | 'read' | 'stream' | 'list'> {
  /**
   * The artefacts of a stage, in the order of the plan; `stage` is its name in the pipeline. Throws
   * `E_UNKNOWN_STAGE`.
   */
  artefacts(lock: Lock, stage: string): Promise<StoredArtefact[]>
}

/**
 * Opens a folder or `s3://` prefix. `profile` has the settings of its service. Throws `E_BAD_URI`,
 * `E_STORE_FORMAT`.
 */
export async function openStore(
  uri: string,
  options: { readonly profile?: string | undefined } = {},
): Promise<ReadableStore> {
  const profile = await loadProfile(options.profile)
  const store = await openResults(uri, settingsIn(profile ?? {}))
  return {
    uri: store.uri,
    stat: (key) => store.stat(key),
    read: (key, how) => store.read(key, how),
    stream: (key, how) => store.stream(key, how),
    list: (prefix) => store.list(prefix),
    artefacts: (lock, stage) => artefactsOf(store, lock, stage),
  }
}

async function artefactsOf(store: Store, lock: Lock, node: string): Promise<StoredArtefact[]> {
  const locked = lock.stages.find((stage) => stage.node === node)
  if (!locked) {
    throw new PipelineError({
      code: 'E_UNKNOWN_STAGE',
      failure: 'usage',
      message: `the lock has no stage ${node}`,
      expected: lock.stages.map((stage) => stage.node).join(', '),
    })
  }
  const tasks = await readLockedList(locked.tasks, store)
  return mapConcurrently(tasks, 16, async ({ key, fingerprint }) => {
    const { stage } = locked
    const record = await readRecord(store, { stage, key, fingerprint })
    return {
      stage,
      key,
      fingerprint,
      files: record.files,
      rows_out: record.accounting.rows_out,
      notes: record.notes,
      open: (name: string) => openRecorded(store, record, name),
    }
  })
}
