import { parseJson } from '../../core/parse-json.js'
import { anyJson, list, map, number, object, oneOf, optional, text, type Shape } from '../../core/shape.js'
import { canonicalJsonPretty, type Json } from '../../core/json.js'
import { PipelineError } from '../../core/error.js'
import type { Store } from '../../io/store/store.js'
import type { Entry } from '../../planner/fingerprint.js'
import type { TaskRef } from '../../planner/types.js'
import type { FileRecord } from '../../stages/define.js'
import { dataKey, recordKey } from '../layout.js'

/**
 * The record of a finished task, written last and create-once: a task's result exists if and only if its
 * record does. `files` and `accounting` are the same for every attempt; `seconds`, `memory_bytes` and
 * `machine` describe this attempt.
 */
export interface TaskRecord extends TaskRef {
  /** 2: the result is that of another task, `data`, whose files, counts and times these are. */
  readonly format: 1 | 2
  /** Fingerprint of the task whose data this is; its own if left out. */
  readonly data?: string | undefined
  readonly version: number
  readonly entries: readonly Entry[]
  readonly split_ids: readonly string[]
  readonly files: readonly FileRecord[]
  /**
   * For tasks whose bytes differ between attempts: the folder of the attempt that counts, within the task's
   * data.
   */
  readonly attempt?: string | undefined
  readonly accounting: Accounting
  /** Shard id → SHA-256, for input shards that were read whole. */
  readonly inputs: { readonly [shard: string]: string }
  readonly notes: { readonly [name: string]: Json }
  readonly seconds: number
  readonly memory_bytes: number
  readonly machine: Machine
}

export interface Accounting {
  readonly rows_in: number
  readonly expanded: number
  readonly rows_out: number
  readonly dropped: { readonly [reason: string]: number }
}

export interface Machine {
  readonly node: string
  readonly arch: string
  readonly cpu: string
}

const taskRecord: Shape<TaskRecord> = object({
  format: oneOf(1, 2),
  data: optional(text),
  stage: text,
  key: text,
  fingerprint: text,
  version: number,
  entries: list(object({ name: text, value: anyJson })),
  split_ids: list(text),
  files: list(object<FileRecord>({ name: text, size: number, sha256: text, rows: optional(number) })),
  attempt: optional(text),
  accounting: object<Accounting>({
    rows_in: number,
    expanded: number,
    rows_out: number,
    dropped: map(number),
  }),
  inputs: map(text),
  notes: map(anyJson),
  seconds: number,
  memory_bytes: number,
  machine: object<Machine>({ node: text, arch: text, cpu: text }),
})

/** The key of a file of this record. */
export function fileKey(
  { stage, fingerprint, attempt, data }: Pick<TaskRecord, 'stage' | 'fingerprint' | 'attempt' | 'data'>,
  name: string,
): string {
  return dataKey(stage, data ?? fingerprint, attempt === undefined ? name : `${attempt}/${name}`)
}

export function encodeRecord(record: TaskRecord): Uint8Array {
  return new TextEncoder().encode(`${canonicalJsonPretty(record)}\n`)
}

/** Whether a task is done: whether its record exists. */
export async function hasRecord(
  store: Store,
  { stage, fingerprint }: Pick<TaskRef, 'stage' | 'fingerprint'>,
): Promise<boolean> {
  return (await store.stat(recordKey(stage, fingerprint))) !== undefined
}

export async function readRecord(store: Store, ref: TaskRef): Promise<TaskRecord> {
  const key = recordKey(ref.stage, ref.fingerprint)
  const content = new TextDecoder().decode(await store.read(key))
  let wrong: PipelineError | undefined
  try {
    const record = parseJson(content, key, taskRecord)
    if (record.fingerprint === ref.fingerprint) return record
  } catch (error) {
    wrong = PipelineError.from(error)
  }
  throw new PipelineError({
    code: 'E_RECORD',
    message: 'a task record cannot be read',
    place: `${store.uri}/${key}`,
    expected: `the record of ${ref.stage}/${ref.key}`,
    found: wrong ? `${wrong.message}: ${wrong.found}` : content.slice(0, 80),
    hint: 'remove this file; the task will run again',
    cause: wrong,
  })
}
