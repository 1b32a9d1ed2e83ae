import type { Json } from '../core/json.js'
import type { Earlier, Estimate, Facts, InputShard, Split } from '../stages/define.js'
import type { Entry } from './fingerprint.js'
import type { Spellings } from './option-entries.js'

/** Refers to a task of the plan; enough to find its artefact in a store. */
export interface TaskRef {
  readonly stage: string
  readonly key: string
  readonly fingerprint: string
}

/** A task whose result another task reads. */
export interface InputRef extends TaskRef {
  /** Which of its stage's kinds of task; not part of the fingerprint. */
  readonly kind: string
}

/** One partition of one stage, with everything that a worker needs to run it. */
export interface Task extends InputRef {
  /** Name of the stage's node in the pipeline. */
  readonly node: string
  readonly version: number
  readonly options: Json
  /** Null if its kind of task has none. */
  readonly params: Json
  readonly facts: Facts
  readonly evaluation: { readonly [name: string]: Json }
  /** What decides the result: the entries that it shares with other tasks of its stage, then its own. */
  readonly shared_entries: readonly Entry[]
  readonly own_entries: readonly Entry[]
  readonly splits: readonly Split[]
  readonly takes: { readonly [port: string]: readonly InputRef[] }
  readonly after: readonly InputRef[]
  /** Whether it uses all cores of its machine. */
  readonly exclusive: boolean
  /** Whether other stages do not see it. */
  readonly internal?: boolean | undefined
  /**
   * Whether its result is taken over from an earlier run: it never runs, and its result must be in the
   * store.
   */
  readonly adopted?: boolean | undefined
  /** Whether its bytes differ between attempts. */
  readonly nondeterministic?: boolean | undefined
  /** Those of its files that hold fingerprints of the tasks that it takes from. */
  readonly names_inputs?: readonly string[] | undefined
  /** Whether files of other tasks name its files by their path. */
  readonly named_by_path?: boolean | undefined
  readonly estimate: Estimate
}

/** All tasks of one node, and what they share. */
export interface StagePlan {
  readonly node: string
  readonly stage: string
  readonly version: number
  /** SHA-256 of its tasks' fingerprints, in order. */
  readonly fingerprint: string
  /** The entries that every task of the stage shares: version, options, runtime, models. */
  readonly entries: readonly Entry[]
  /** Names that messages use for entries whose option is spelled differently today. */
  readonly spellings: Spellings
  readonly options: Json
  /** Names of the artefact kinds that it makes. */
  readonly makes: readonly string[]
  readonly facts: Facts
  readonly tasks: readonly Task[]
}

/** The whole run, known before any task runs. Plain data. */
export interface Plan {
  readonly manifest: string
  readonly shards: readonly InputShard[]
  readonly splits: readonly Split[]
  /** The best that is known about the rows of a split, for people and estimates. */
  readonly rowsOf: (split: Split) => number
  /** Every stage comes after those that it takes from. */
  readonly stages: readonly StagePlan[]
}

/** The part of a plan that is needed to report the progress of its run. */
export interface RunTasks {
  readonly manifest: string
  readonly stages: readonly {
    readonly node: string
    readonly stage: string
    readonly tasks: readonly RunTask[]
  }[]
}

export interface RunTask extends TaskRef {
  readonly node: string
}

/** What planning needs to know about the outside world; collected by the runner. */
export interface Survey {
  readonly shards: readonly SurveyedShard[]
  /** Library → version, for stages that declare a runtime. */
  readonly runtime: { readonly [library: string]: string }
  /** Path or URI as written in an option → SHA-256 of the file, or of the list of files in a folder. */
  readonly models: { readonly [uri: string]: string }
  /** `set.member` → digest of the identities of the files that the member of an evaluation set names. */
  readonly evaluation: { readonly [name: string]: string }
  /** Lock file or artefact as written in an option → the results of that run. */
  readonly earlier?: { readonly [uri: string]: EarlierRun } | undefined
  /** Plugins of the manifest: name → digest. */
  readonly plugins?: { readonly [name: string]: string } | undefined
}

export interface EarlierRun extends Earlier {
  /** Identity of each of its shards → generation. */
  readonly shards: ReadonlyMap<string, number>
}

export interface SurveyedShard {
  readonly uri: string
  readonly format: InputShard['format']
  readonly size: number
  readonly identity: string
  readonly rows?: number | undefined
  /** How it is read, where something special applies. */
  readonly reading?: InputShard['reading']
  /** Rows that an earlier run read, if the shard does not state them. Only estimates depend on them. */
  readonly rows_seen?: number | undefined
  /** Rows per row group, for parquet. */
  readonly row_groups?: readonly number[] | undefined
}
