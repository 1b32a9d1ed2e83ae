import type { Json } from '../core/json.js'
import type { Earlier, Estimate, Facts, InputShard, Split } from '../stages/define.js'
import type { Entry } from './fingerprint.js'
import type { Spellings } from './option-entries.js'

/** Points at a task of the plan; enough to find its artefact in a store. */
export interface TaskRef {
  readonly stage: string
  readonly key: string
  readonly fingerprint: string
}

/** A task whose result another one reads. */
export interface InputRef extends TaskRef {
  /** Which of the stage's kinds of task; decides no fingerprint. */
  readonly kind: string
}

/**
 * One partition of one stage, frozen. Everything that a worker needs to run it, and what a task file holds.
 */
export interface Task extends InputRef {
  /** Name of the stage's node in the pipeline. */
  readonly node: string
  readonly version: number
  readonly options: Json
  /** Null where its kind has none. */
  readonly params: Json
  readonly facts: Facts
  readonly evaluation: { readonly [name: string]: Json }
  /** What decides the result: entries that it shares with other tasks of the stage, then its own. */
  readonly shared_entries: readonly Entry[]
  readonly own_entries: readonly Entry[]
  readonly splits: readonly Split[]
  readonly takes: { readonly [port: string]: readonly InputRef[] }
  readonly after: readonly InputRef[]
  /** It uses every core of its machine. */
  readonly exclusive: boolean
  /** Other stages do not see it. */
  readonly internal?: boolean | undefined
  /** Taken over from an earlier run: there is nothing to run, and its result must be in the store. */
  readonly adopted?: boolean | undefined
  /** Its bytes differ from attempt to attempt. */
  readonly nondeterministic?: boolean | undefined
  readonly estimate: Estimate
}

/** All tasks of one node, with what they have in common. */
export interface StagePlan {
  readonly node: string
  readonly stage: string
  readonly version: number
  /** SHA-256 over its tasks' fingerprints, in order. */
  readonly fingerprint: string
  /** What every task of the stage shares: version, options, runtime, models. */
  readonly entries: readonly Entry[]
  /** What messages call those entries whose name is not how the option is spelled today. */
  readonly spellings: Spellings
  readonly options: Json
  /** Names of the kinds of artefact that it makes. */
  readonly makes: readonly string[]
  readonly facts: Facts
  readonly tasks: readonly Task[]
}

/** The whole run, known before anything runs. Plain data. */
export interface Plan {
  readonly manifest: string
  readonly shards: readonly InputShard[]
  readonly splits: readonly Split[]
  /** In an order in which every stage comes after what it takes from. */
  readonly stages: readonly StagePlan[]
}

/** What of a plan tells how far its run has come. */
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

/** What planning has to know about the outside world; gathered by the runner. */
export interface Survey {
  readonly shards: readonly SurveyedShard[]
  /** Library name → version, for stages that declare a runtime. */
  readonly runtime: { readonly [library: string]: string }
  /** Path or URI as an option names it → SHA-256 of the file, or of the list of files of a folder. */
  readonly models: { readonly [uri: string]: string }
  /** `set.member` → digest of the identities of the files that the member of an evaluation set names. */
  readonly evaluation: { readonly [name: string]: string }
  /** Lock file or artefact as an option names it → what that run left. */
  readonly earlier?: { readonly [uri: string]: EarlierRun } | undefined
  /** Plugins that the manifest names: name → digest. */
  readonly plugins?: { readonly [name: string]: string } | undefined
}

export interface EarlierRun extends Earlier {
  /** Generation of every shard that it knew, by identity. */
  readonly shards: ReadonlyMap<string, number>
}

export interface SurveyedShard {
  readonly uri: string
  readonly format: InputShard['format']
  readonly size: number
  readonly identity: string
  readonly rows?: number | undefined
  /** Rows of each row group, for parquet. */
  readonly row_groups?: readonly number[] | undefined
}
