import { sha256 } from '../../src/core/digest.js'
import { asJson, type Json } from '../../src/core/json.js'
import { silentLogger } from '../../src/core/log.js'
import { memorySource } from '../../src/io/source.js'
import type { AnyStage, Artefact, RunnableTask, Split } from '../../src/stages/define.js'

/** A task as the runner hands it to a stage, with the options that the stage is bound to. */
export type FakeContext<O> = RunnableTask & { readonly options: O }

/** Runs one task of a stage. */
export async function runFake<O>(stage: AnyStage, { options, ...task }: FakeContext<O>): Promise<void> {
  await stage.bind({ ...(options as object) }).run(task)
}

export interface FakeTask<O> {
  readonly context: FakeContext<O>
  /** What the task put, by name. */
  readonly files: Map<string, Uint8Array>
  readonly notes: { [name: string]: Json }
  readonly accounting: {
    rows_in: number
    rows_out: number
    expanded: number
    dropped: { [reason: string]: number }
  }
}

/** A task's context over memory: enough to run one stage alone. */
export function fakeTask<O>(given: {
  readonly options: O
  readonly takes?: { readonly [port: string]: readonly Artefact[] }
  readonly splits?: readonly Split[]
  readonly threads?: number
}): FakeTask<O> {
  const files = new Map<string, Uint8Array>()
  const notes: { [name: string]: Json } = {}
  const accounting: FakeTask<O>['accounting'] = { rows_in: 0, rows_out: 0, expanded: 0, dropped: {} }
  const context: FakeContext<O> = {
    key: 'task',
    kind: 'task',
    options: given.options,
    params: undefined,
    facts: {},
    splits: given.splits ?? [],
    takes: given.takes ?? {},
    after: [],
    evaluation: {},
    openInput: async (shard) => Promise.reject(new Error(`no input ${shard.uri}`)),
    listUri: async (uri) => Promise.reject(new Error(`no files ${uri}`)),
    openUri: async (uri) => Promise.reject(new Error(`no file ${uri}`)),
    out: {
      async put(name, bytes) {
        files.set(name, typeof bytes === 'string' ? Buffer.from(bytes) : bytes.slice())
      },
      create: async (name) => Promise.reject(new Error(`no large file ${name}`)),
    },
    account: {
      rowsIn: (count) => (accounting.rows_in += count),
      rowsOut: (count) => (accounting.rows_out += count),
      expanded: (count) => (accounting.expanded += count),
      dropped: (reason, count = 1) =>
        (accounting.dropped[reason] = (accounting.dropped[reason] ?? 0) + count),
    },
    threads: given.threads ?? 1,
    scratch: '',
    keep: '',
    checkpoints: undefined,
    signal: new AbortController().signal,
    log: silentLogger,
    progress() {},
    note: (name, value) => (notes[name] = asJson(value)),
    remark: (name) => (notes.remarks = { ...remarksOf(notes), [name]: (remarksOf(notes)[name] ?? 0) + 1 }),
  }
  return { context, files, notes, accounting }
}

const remarksOf = (notes: { readonly [name: string]: unknown }) =>
  (notes.remarks ?? {}) as { readonly [name: string]: number }

/** A finished upstream task in memory. */
export function fakeArtefact(
  stage: string,
  files: { readonly [name: string]: Uint8Array },
  rows: number,
  splits: readonly Split[] = [],
): Artefact {
  const key = splits[0] ? `split-${splits[0].id}` : 'whole'
  return {
    stage,
    key,
    kind: 'task',
    fingerprint: sha256(`${stage}/${key}`),
    splits,
    files: Object.entries(files).map(([name, bytes]) => ({
      name,
      size: bytes.byteLength,
      sha256: sha256(bytes),
    })),
    rows_out: rows,
    accounting: { rows_in: rows, expanded: 0, rows_out: rows, dropped: {} },
    notes: {},
    async open(name) {
      const bytes = files[name]
      if (!bytes) throw new Error(`${stage}/${key} has no ${name}`)
      return memorySource(`memory:${stage}/${key}/${name}`, bytes)
    },
  }
}

export function fakeSplit(name: string): Split {
  const id = sha256(name).slice(0, 10)
  return {
    id,
    row_start: 0,
    shard: { id, uri: `memory:${name}`, format: 'parquet', size: 1, identity: `sha256:${sha256(name)}` },
  }
}
