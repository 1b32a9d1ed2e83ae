import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../../io/source.js'
import { storeSource } from '../../io/store/source.js'
import type { Store } from '../../io/store/store.js'
import { recordKey } from '../layout.js'
import type { InputRef } from '../../planner/types.js'
import type { Artefact, Split } from '../../stages/define.js'
import { fileKey, readRecord, type TaskRecord } from './record.js'

/**
 * Opens a finished task's result for reading; `splits` are the reader's own, by id. Refuses files whose
 * size is not the recorded one.
 */
export async function openArtefact(
  store: Store,
  ref: InputRef,
  splits: ReadonlyMap<string, Split>,
): Promise<Artefact> {
  const record = await readRecord(store, ref)
  return {
    stage: ref.stage,
    key: ref.key,
    kind: ref.kind,
    fingerprint: ref.fingerprint,
    splits: record.split_ids.flatMap((id) => splits.get(id) ?? []),
    files: record.files,
    rows_out: record.accounting.rows_out,
    accounting: record.accounting,
    notes: record.notes,
    open: (name) => openRecorded(store, record, name),
  }
}

/** Opens a file of a record. */
export async function openRecorded(store: Store, record: TaskRecord, name: string): Promise<ByteSource> {
  const key = fileKey(record, name)
  const size = record.files.find((file) => file.name === name)?.size
  const place = `${store.uri}/${key}`
  if (size === undefined)
    throw new PipelineError({
      code: 'E_NO_SUCH_FILE',
      message: `${record.stage}/${record.key} has no file ${name}`,
      place,
    })
  const info = await store.stat(key)
  if (info?.size !== size) {
    throw new PipelineError({
      code: 'E_ARTEFACT_DAMAGED',
      message: 'a file of an artefact does not match its record',
      place,
      expected: `${size} bytes`,
      found: info ? `${info.size} bytes` : 'no file',
      hint:
        '`coterie verify --repair` computes it again; without a lock, remove ' +
        `${store.uri}/${recordKey(record.stage, record.fingerprint)} and run again`,
    })
  }
  return storeSource(store, key, info)
}
