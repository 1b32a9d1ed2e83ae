import { PipelineError } from '../../core/error.js'
import { canonicalJson, byCodeUnit } from '../../core/json.js'
import { mapConcurrently } from '../../core/concurrency.js'
import type { Store } from '../../io/store/store.js'
import { recordKey } from '../layout.js'
import { encodeRecord, fileKey, readRecord, type TaskRecord } from './record.js'
import type { SpooledFile } from './spool.js'
import { storedDigest } from '../stored-digest.js'

/**
 * Publishes a task's files and then its record. Both are create-once, so this can be repeated after a kill
 * at any point, and can race with another attempt: equal bytes are a success, different bytes raise
 * `E_NOT_DETERMINISTIC`. If `record.attempt` is set, the bytes may differ between attempts: the first
 * record counts, and the files of the later attempt are removed.
 */
export async function commit(
  store: Store,
  record: Omit<TaskRecord, 'files'>,
  spooled: readonly SpooledFile[],
): Promise<TaskRecord> {
  const files = spooled.toSorted((a, b) => byCodeUnit(a.name, b.name))
  await mapConcurrently(files, 8, async (file) => {
    const key = fileKey(record, file.name)
    const outcome = await store.create(key, { path: file.path, size: file.size, sha256: file.sha256 })
    if (outcome === 'exists') await compareWithStored(store, key, file)
  })
  const complete: TaskRecord = { ...record, files: files.map(({ path: _, ...rest }) => rest) }
  const outcome = await store.create(recordKey(record.stage, record.fingerprint), encodeRecord(complete))
  if (outcome === 'created') return complete
  const winner = await readRecord(store, record)
  if (record.attempt !== undefined) {
    // Best effort: files that cannot be removed are left for `gc`, since no record names them.
    if (winner.attempt !== record.attempt)
      for (const file of files) await store.remove(fileKey(record, file.name)).catch(() => {})
    return winner
  }
  if (reproduciblePart(winner) !== reproduciblePart(complete))
    throw notDeterministic(
      `${store.uri}/${recordKey(record.stage, record.fingerprint)}`,
      reproduciblePart(winner),
      reproduciblePart(complete),
    )
  return winner
}

async function compareWithStored(store: Store, key: string, file: SpooledFile): Promise<void> {
  const found = await storedDigest(store, key)
  if (found !== file.sha256) throw notDeterministic(`${store.uri}/${key}`, found, file.sha256)
}

function reproduciblePart({ files, accounting }: TaskRecord): string {
  return canonicalJson({ files, accounting })
}

function notDeterministic(place: string, stored: string, produced: string): PipelineError {
  return new PipelineError({
    code: 'E_NOT_DETERMINISTIC',
    message: 'two attempts at the same task produced different bytes',
    place,
    expected: stored.slice(0, 400),
    found: produced.slice(0, 400),
    hint:
      'the expected value is the stored one, which may be damaged (`coterie verify`); ' +
      'otherwise, the two machines differ in something that the fingerprint does not cover',
  })
}
