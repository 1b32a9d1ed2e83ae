import type { Json } from '../core/json.js'
import type { Logger } from '../core/log.js'
import type { InputFormat } from '../io/crawl/formats.js'
import type { ByteSource } from '../io/source.js'
import type { Fields, OptionsOf } from '../core/field.js'
import type { Facts } from './facts.js'

export type { InputFormat }

export type { Facts } from './facts.js'

/** A kind of artefact: what may be wired to what. Two ports fit if they name the same kind. */
export interface ArtefactKind {
  readonly name: string
  readonly doc: string
}

/**
 * The unit of partition: one input shard, or consecutive row groups of it.
 * Plain data; it travels in task files and its `identity` enters fingerprints.
 */
export interface Split {
  /** 10 hex digits, from the shard's identity (not its URI) and its first row. Names the split everywhere. */
  readonly id: string
  readonly shard: InputShard
  /** First row and end (exclusive) in the shard; a missing end means all that there are. */
  readonly row_start: number
  readonly row_end?: number | undefined
}

export interface InputShard {
  /** 10 hex digits of the identity; sample keys begin with it. */
  readonly id: string
  readonly uri: string
  readonly format: InputFormat
  readonly size: number
  /** Local files: `sha256:…`. S3: size and version or ETag. Never the URI. */
  readonly identity: string
  /** Known for parquet (footer); tars are counted when they are read. */
  readonly rows?: number | undefined
  /**
   * How many runs came before the one that first had this shard, where a run goes on from an earlier one.
   * Missing: none.
   */
  readonly generation?: number | undefined
}

/** A task of another stage (or an earlier one of the same stage), as partitioning sees it. */
export interface PlannedTask {
  readonly key: string
  readonly splits: readonly Split[]
  readonly params: Json
}

/** What an earlier run left that a stage goes on from (`cluster.from`). */
export interface Earlier {
  /**
   * Generations of shards that it knew; shards that it did not know are the next. 0: an artefact on its own,
   * which knows no shards.
   */
  readonly generations: number
  /**
   * Its tasks of the stage, oldest first, each with what the stage promised by then. An artefact on its own
   * has neither key nor fingerprint.
   */
  readonly tasks: readonly { readonly key: string; readonly fingerprint: string; readonly facts: Facts }[]
}

export interface PartitionContext<O> {
  readonly options: O
  /** The run's input, in identity order. */
  readonly splits: readonly Split[]
  readonly takes: { readonly [port: string]: readonly PlannedTask[] }
  readonly facts: Facts
  /** The manifest's evaluation sets, for `evaluate`. */
  readonly evaluation: { readonly [name: string]: Json }
  /** For a stage that goes on from an earlier run. */
  readonly earlier?: Earlier | undefined
}

/**
 * One task as a stage cuts it. `takes` names upstream tasks by key and port; `after` tasks of the same stage.
 */
export interface Partition {
  /** Unique in the stage: `split-3f2a…`, `group-000`, `whole`, `expert-2`. Lower case, digits and dashes. */
  readonly key: string
  readonly splits?: readonly Split[] | undefined
  readonly takes?: { readonly [port: string]: readonly string[] } | undefined
  readonly after?: readonly string[] | undefined
  /** Whatever else the task needs to know. Enters the fingerprint. */
  readonly params?: Json | undefined
  /**
   * In place of the stage's: what held when this task was first planned, so that later additions leave it
   * alone.
   */
  readonly facts?: Facts | undefined
  /**
   * Its result is for later tasks of the same stage only: other stages are not shown it. It accounts for no
   * rows.
   */
  readonly inner?: boolean | undefined
  /** Fingerprint of an earlier run's task that is taken over as it is; it never runs. */
  readonly made?: string | undefined
  /** `all`: the task uses every core itself, so the local executor runs nothing beside it. */
  readonly cores?: 'one' | 'all' | undefined
  /**
   * The task cannot repeat its bytes (training): every attempt publishes into a folder of its own, and the
   * record says which one counts.
   */
  readonly varies?: boolean | undefined
}

export interface Estimate {
  readonly seconds: number
  /** Written to the store. */
  readonly bytes: number
  readonly memory_bytes: number
  /** GPUs of each machine that the task wants; none if left out. */
  readonly gpus?: number | undefined
  /** Machines that it runs on at once; one if left out. */
  readonly nodes?: number | undefined
  /** Training on rented machines: what it would take. */
  readonly training?: TrainingEstimate | undefined
  /** What would go wrong or slowly if it ran like this. */
  readonly warnings?: readonly string[] | undefined
}

export interface TrainingEstimate {
  /** Pairs seen, with repetition. */
  readonly samples: number
  readonly steps: number
  /** Of one accelerator (or CPU, where that trains). */
  readonly gpu_hours: number
}

export interface StageDeclaration<Takes extends Ports, O extends Fields> {
  readonly name: string
  /** Raised whenever the same options and inputs would give other bytes. */
  readonly version: number
  readonly doc: string
  readonly takes: Takes
  readonly makes: Ports
  readonly options: O
  /** Reads the run's input shards itself, so that their identities enter its fingerprints. */
  readonly reads_input?: boolean | undefined
  /** Works on the manifest's evaluation sets: their definitions and files enter its fingerprints. */
  readonly reads_evaluation?: boolean | undefined
  /** Libraries whose version can change numbers; their versions are named entries of the fingerprint. */
  readonly runtime?: readonly string[] | undefined
  /**
   * Files outside of the input that decide the result (models): name → path or URI. Their SHA-256 enters the
   * fingerprint.
   */
  readonly models?: ((options: OptionsOf<O>) => { readonly [name: string]: string }) | undefined
  /**
   * Names of the options that decide a result, where not all do (how many GPUs, which baselines are wanted
   * beside it): the others stay out of fingerprints.
   */
  readonly decisive?: ((options: OptionsOf<O>) => readonly string[]) | undefined
  /**
   * Names of further options that decide what some tasks make, by those tasks' parameters: locks and
   * explanations name them.
   */
  readonly in_params?: ((options: OptionsOf<O>) => readonly string[]) | undefined
  readonly partition: (context: PartitionContext<OptionsOf<O>>) => readonly Partition[]
  readonly facts?: ((options: OptionsOf<O>, upstream: Facts, earlier?: Earlier) => Facts) | undefined
  /**
   * The stage can go on from an earlier run: `of` names its lock file or one artefact, `facts` reads what
   * that artefact promises.
   */
  readonly earlier?:
    | {
        readonly of: (options: OptionsOf<O>) => string | undefined
        readonly facts: (read: (file: string) => Promise<Uint8Array>) => Promise<Facts>
      }
    | undefined
  /** Mistakes that only several options together show; each becomes a diagnostic at that option. */
  readonly check?:
    | ((options: OptionsOf<O>, facts: Facts) => readonly { option: string; message: string; hint?: string }[])
    | undefined
  readonly estimate: (of: {
    rows: number
    bytes: number
    options: OptionsOf<O>
    partition: Partition
    facts: Facts
  }) => Estimate
  readonly load: () => Promise<{ run: (context: TaskContext<OptionsOf<O>>) => Promise<void> }>
}

export interface Port {
  readonly kind: ArtefactKind
  readonly optional?: boolean | undefined
}
export type Ports = { readonly [port: string]: Port }

/** A stage with its option types erased, as the registry, the planner and the runner handle it. */
export type AnyStage = StageDeclaration<Ports, Fields>

export function defineStage<const T extends Ports, const O extends Fields>(
  declaration: StageDeclaration<T, O>,
): StageDeclaration<T, O> {
  return declaration
}

/** What `run` is given. It sees files and options, never the store's layout, other stages or the queue. */
export interface TaskContext<O> {
  readonly key: string
  readonly options: O
  readonly params: Json
  readonly facts: Facts
  /** The task's own; seeds derive from it unless an option gives the seed. */
  readonly fingerprint: string
  readonly splits: readonly Split[]
  readonly takes: { readonly [port: string]: readonly Artefact[] }
  /** Artefacts of the tasks in `after`. */
  readonly after: readonly Artefact[]
  /** The manifest's evaluation sets, for `evaluate`. */
  readonly evaluation: { readonly [name: string]: Json }
  /**
   * Opens an input shard; the bytes really read are hashed into the record when a shard is streamed whole.
   */
  openInput(shard: InputShard): Promise<ByteSource>
  /** Opens any other file that the options name (a model file, an evaluation set): path or URI. */
  openUri(uri: string): Promise<ByteSource>
  /** URIs of all files below a folder or prefix that the options name, in code unit order. */
  listUri(uri: string): Promise<readonly string[]>
  readonly out: Output
  readonly account: Account
  /** How many cores this task may use. Must not change a byte. */
  readonly threads: number
  /** Local folder of this attempt, removed afterwards. */
  readonly scratch: string
  /**
   * Local folder of this task that a killed attempt leaves to the next one on this machine; made on demand,
   * removed once the task is committed.
   */
  readonly keep: string
  /**
   * The same for large files where the next attempt may run on another machine; undefined where `keep` lies
   * in the store itself.
   */
  readonly checkpoints: Checkpoints | undefined
  readonly signal: AbortSignal
  readonly log: Logger
  /** `detail` is for people: what the task would say about itself in a few words. */
  progress(rows_done: number, rows_total?: number, detail?: string): void
  /** A figure for the record and the report; not part of any identity. */
  note(name: string, value: unknown): void
}

/** The newest state of a task that is under way, in the store's `_live/`. */
export interface Checkpoints {
  /** Copies the files of a local folder; what was saved before goes. `order` rises with every call. */
  save(folder: string, names: readonly string[], order: number): Promise<void>
  /** Puts what was saved last into a local folder; false where there is nothing. */
  restore(folder: string): Promise<boolean>
}

/** A finished upstream task's files. */
export interface Artefact {
  readonly stage: string
  readonly key: string
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
  /** What the task noted. */
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
  /** A large file, written in pieces. Nothing of it is kept unless `close` is called. */
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
  /** Rows that became more than one (several captions each its own sample): the surplus. */
  expanded(count: number): void
  /** `reason` is lower snake case: `caption_empty`. */
  dropped(reason: string, count?: number): void
}
