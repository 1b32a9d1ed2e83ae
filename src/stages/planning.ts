import type { Json } from '../core/json.js'
import type { ShardReading } from '../core/shard-reading.js'
import type { InputFormat } from '../io/crawl/formats.js'
import type { Facts } from './facts.js'
import type { OneKind, ParamsOf, TaskKinds } from './task-kinds.js'

/**
 * The unit of partition: one input shard, or consecutive row groups of it.
 * Plain data; it travels in task files and its `identity` enters fingerprints.
 */
export interface Split {
  /** 10 hex digits, from the shard's identity (not its URI) and its first row. Names the split everywhere. */
  readonly id: string
  readonly shard: InputShard
  /** First row and end (exclusive) in the shard; a missing end means the end of the shard. */
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
  /** How it is read, where something special applies. */
  readonly reading?: ShardReading | undefined
  /** Number of runs before the one that first had this shard, if a run continues earlier ones. Missing: 0. */
  readonly generation?: number | undefined
}

export type { InputFormat }

/** A task of another stage, as partitioning sees it. */
export interface PlannedTask {
  readonly key: string
  readonly kind: string
  readonly splits: readonly Split[]
}

/** Results of an earlier run that a stage continues (`cluster.from`). */
export interface Earlier {
  /**
   * Number of shard generations in that run; shards that it did not have form the next one. 0: a single
   * artefact, which has no shards.
   */
  readonly generations: number
  /**
   * Its tasks of this stage, oldest first, each with the facts as of then. A single artefact has neither
   * key nor fingerprint.
   */
  readonly tasks: readonly { readonly key: string; readonly fingerprint: string; readonly facts: Facts }[]
}

export interface PartitionContext<O> {
  readonly options: O
  /** The run's input, in identity order. */
  readonly splits: readonly Split[]
  readonly takes: { readonly [port: string]: readonly PlannedTask[] }
  readonly facts: Facts
  /** The manifest's evaluation sets, for stages that read them. */
  readonly evaluation: { readonly [name: string]: Json }
  /** For a stage that continues an earlier run. */
  readonly earlier?: Earlier | undefined
}

/** What a task of any kind works on. `takes` names upstream tasks by key and port. */
export interface Slice {
  /** Unique in the stage: `split-3f2a…`, `group-000`, `whole`, `expert-2`. Lower case, digits and dashes. */
  readonly key: string
  readonly splits?: readonly Split[] | undefined
  readonly takes?: { readonly [port: string]: readonly string[] } | undefined
  /** Keys of tasks of the same stage that this one reads; they come before it in the list. */
  readonly after?: readonly string[] | undefined
  /**
   * Replaces the stage's facts: those from when this task was first planned, so that later additions do not
   * change it.
   */
  readonly facts?: Facts | undefined
  /** Rows that it works on, for its estimate, where it has no splits. */
  readonly rows?: number | undefined
  /** Its result is visible only to later tasks of the same stage. It accounts for no rows. */
  readonly internal?: boolean | undefined
  /** Fingerprint of an earlier run's task whose result is reused unchanged; the task never runs. */
  readonly adopted?: string | undefined
  /** The task uses every core itself, so the local executor runs nothing at the same time. */
  readonly exclusive?: boolean | undefined
  /**
   * The task cannot reproduce its bytes (training): every attempt publishes to its own folder, and the
   * record says which one counts.
   */
  readonly nondeterministic?: boolean | undefined
  /**
   * Those of its files that hold fingerprints of the tasks that it takes from: equal inputs do not suffice
   * for an equal result, so that it is made anew.
   */
  readonly names_inputs?: readonly string[] | undefined
  /** Files of other tasks name its files by their path in the store. */
  readonly named_by_path?: boolean | undefined
}

/** One task as a stage plans it. Its parameters enter the fingerprint; its kind does not. */
export type Partition<K extends TaskKinds = OneKind> = {
  [N in keyof K]: Slice & KindMember<N> & ParamsMember<ParamsOf<K[N]>>
}[keyof K]

type KindMember<N> = N extends keyof OneKind ? { readonly kind?: N } : { readonly kind: N }
type ParamsMember<P> = undefined extends P ? { readonly params?: P } : { readonly params: P }

export interface Estimate {
  readonly seconds: number
  /** Written to the store. */
  readonly bytes: number
  readonly memory_bytes: number
  /** GPUs per machine; none if omitted. */
  readonly gpus?: number | undefined
  /** Number of machines used at once; one if omitted. */
  readonly nodes?: number | undefined
  /** The work of training, if the task trains on rented machines. */
  readonly training?: TrainingEstimate | undefined
  /** Problems to expect with these settings. */
  readonly warnings?: readonly string[] | undefined
}

export interface TrainingEstimate {
  /** Pairs seen, including repetitions. */
  readonly samples: number
  readonly steps: number
  /** Hours of a single accelerator (or of a CPU, if that trains). */
  readonly gpu_hours: number
}
