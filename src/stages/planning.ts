import type { Json } from '../core/json.js'
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

export type { InputFormat }

/** A task of another stage, as partitioning sees it. */
export interface PlannedTask {
  readonly key: string
  readonly kind: string
  readonly splits: readonly Split[]
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
  /** The manifest's evaluation sets, for stages that read them. */
  readonly evaluation: { readonly [name: string]: Json }
  /** For a stage that goes on from an earlier run. */
  readonly earlier?: Earlier | undefined
}

/** What a task works on, whatever its kind. `takes` names upstream tasks by key and port. */
export interface Slice {
  /** Unique in the stage: `split-3f2a…`, `group-000`, `whole`, `expert-2`. Lower case, digits and dashes. */
  readonly key: string
  readonly splits?: readonly Split[] | undefined
  readonly takes?: { readonly [port: string]: readonly string[] } | undefined
  /** Keys of tasks of the same stage that this one reads; they come before it in the list. */
  readonly after?: readonly string[] | undefined
  /**
   * In place of the stage's: what held when this task was first planned, so that later additions leave it
   * alone.
   */
  readonly facts?: Facts | undefined
  /**
   * Its result is for later tasks of the same stage only: other stages are not shown it. It accounts for no
   * rows.
   */
  readonly internal?: boolean | undefined
  /** Fingerprint of an earlier run's task whose result is taken over as it is; it never runs. */
  readonly adopted?: string | undefined
  /** The task uses every core itself, so the local executor runs nothing at the same time. */
  readonly exclusive?: boolean | undefined
  /**
   * The task cannot repeat its bytes (training): every attempt publishes into a folder of its own, and the
   * record says which one counts.
   */
  readonly nondeterministic?: boolean | undefined
}

/** One task as a stage cuts it. Its parameters enter the fingerprint; its kind does not. */
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
