import type { Json } from '../core/json.js'
import type { Logger } from '../core/log.js'
import type { ByteSource } from '../io/source.js'
import type { Facts } from './facts.js'
import type { InputShard, Split } from './planning.js'
import type { OneKind, ParamsOf, TaskKinds } from './task-kinds.js'

/**
 * What `run` receives: a task of any of the stage's kinds, or only of the kinds `N`. It sees files and
 * options, never the store's layout, other stages or the queue.
 */
export type TaskContext<O, K extends TaskKinds = OneKind, N extends keyof K = keyof K> = N extends keyof K
  ? TaskSurroundings &
      TaskInputs<O> & {
        readonly kind: N
        readonly params: ParamsOf<K[N]>
        /** Results of the tasks in `after`, by kind and in order; an empty list for a kind without tasks. */
        readonly after: { readonly [kind in keyof K]: readonly Artefact[] }
      }
  : never

/** The inputs that decide a task's result. */
export interface TaskInputs<O> {
  readonly key: string
  readonly options: O
  readonly facts: Facts
  readonly splits: readonly Split[]
  readonly takes: { readonly [port: string]: readonly Artefact[] }
  /** The manifest's evaluation sets, for stages that read them. */
  readonly evaluation: { readonly [name: string]: Json }
  /**
   * Opens an input shard; the bytes actually read are hashed into the record when a shard is streamed
   * whole.
   */
  openInput(shard: InputShard): Promise<ByteSource>
  /** Opens any other file that the options name (a model file, an evaluation set): path or URI. */
  openUri(uri: string): Promise<ByteSource>
  /** URIs of all files below a folder or prefix that the options name, in code unit order. */
  listUri(uri: string): Promise<readonly string[]>
}

/** Outputs of a task, and the resources of this attempt. */
export interface TaskSurroundings {
  readonly out: Output
  readonly account: Account
  /** Number of cores that this task may use. Must not affect the result. */
  readonly threads: number
  /** Local folder of this attempt, removed afterwards. */
  readonly scratch: string
  /**
   * Local folder of this task that a killed attempt leaves to the next one on this machine; created on
   * demand, removed once the task is committed.
   */
  readonly keep: string
  /**
   * The same for large files, if the next attempt may run on another machine; undefined if `keep` is in the
   * store itself.
   */
  readonly checkpoints: Checkpoints | undefined
  readonly signal: AbortSignal
  readonly log: Logger
  /** `detail` is a short status for people. */
  progress(rows_done: number, rows_total?: number, detail?: string): void
  /**
   * A figure for people, as JSON data, kept in the task's record. Results must not depend on the notes of
   * other tasks: data for later tasks is a document (`src/artefacts`).
   */
  note(name: string, value: unknown): void
  /**
   * Counts something odd that did no harm, by a name like a drop reason: the run shows the sums. Kept in the
   * record's note `remarks`.
   */
  remark(name: string): void
}

/** The latest state of a running task, in the store's `_live/`. */
export interface Checkpoints {
  /** Saves files of a local folder and replaces the previous save. `order` increases with every call. */
  save(folder: string, names: readonly string[], order: number): Promise<void>
  /** Restores the last save into a local folder; false if there is none. */
  restore(folder: string): Promise<boolean>
}

/** A finished upstream task's files. */
export interface Artefact {
  readonly stage: string
  readonly key: string
  readonly kind: string
  readonly fingerprint: string
  readonly splits: readonly Split[]
  readonly files: readonly FileRecord[]
  readonly rows_out: number
  readonly accounting: {
    readonly rows_in: number
    readonly expanded: number
    readonly rows_out: number
    readonly dropped: { readonly [reason: string]: number }
  }
  /** The task's notes: for people, and to reconstruct documents that earlier versions did not write. */
  readonly notes: { readonly [name: string]: Json }
  open(name: string): Promise<ByteSource>
}

export interface FileRecord {
  /** `/`-separated, within the artefact. */
  readonly name: string
  readonly size: number
  readonly sha256: string
  readonly rows?: number | undefined
}

/** Where a task puts its files. They are spooled on scratch and published together with the record. */
export interface Output {
  /** A whole small file. */
  put(name: string, bytes: Uint8Array | string, rows?: number): Promise<void>
  /** A large file, written in pieces. It is discarded unless `close` is called. */
  create(name: string): Promise<OutputFile>
}

export interface OutputFile {
  /** Resolves when more may be written (back-pressure). The bytes may be reused afterwards. */
  write(bytes: Uint8Array): Promise<void>
  close(rows?: number): Promise<FileRecord>
}

/** `rows in + expanded = rows out + Σ dropped`, or the commit is refused. */
export interface Account {
  rowsIn(count: number): void
  rowsOut(count: number): void
  /** Surplus of rows that became several samples (`caption: each`). */
  expanded(count: number): void
  /** `reason` is lower snake case: `caption_empty`. */
  dropped(reason: string, count?: number): void
}
