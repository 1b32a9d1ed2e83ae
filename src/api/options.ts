import type { Listener } from './planned-event.js'

/** What decides which lock of a manifest is meant: a run with the same `set` and `until` wrote it. */
export interface LockOptions {
  /** Overrides of options, `stage.option=value`. */
  readonly set?: readonly string[] | undefined
  /** Only this stage and the stages it needs. */
  readonly until?: string | undefined
  /** A lock file to use instead of the one next to the manifest. */
  readonly lock?: string | undefined
}

/** Options of every function that takes a manifest. Paths are relative to the working directory. */
export interface CommonOptions {
  /** Where and how tasks run: the name of a profile, or its file. */
  readonly profile?: string | undefined
  /** Folder or URI for results; overrides the manifest's. */
  readonly store?: string | undefined
  /**
   * Load the plugins that the manifest names; their code runs with the permissions of this process. `status`,
   * and `verify` without `rebuild`, never load plugins.
   */
  readonly trust?: boolean | undefined
}

export interface PlanOptions extends CommonOptions, LockOptions {
  /** Read local inputs again instead of recalling their digests. */
  readonly rehash?: boolean | undefined
  /** Also list every task with its reason. */
  readonly tasks?: boolean | undefined
}

export interface StatusOptions extends CommonOptions, LockOptions {
  /** Ids of submissions: only their tasks, whichever manifest, user or host they are of. */
  readonly id?: readonly string[] | undefined
  /** Also look whether the files of finished tasks are there, with their sizes. */
  readonly files?: boolean | undefined
}

export interface RunOptions extends CommonOptions, LockOptions {
  /** Read local inputs again instead of recalling their digests; true by default if `frozen`. */
  readonly rehash?: boolean | undefined
  /** Worker processes; the profile's number, or one per core, if left out. */
  readonly workers?: number | undefined
  /** Fail if anything would run that the lock does not pin (`E_FROZEN`). */
  readonly frozen?: boolean | undefined
  /** After a failure, go on with the tasks that do not need the failed one; true by default. */
  readonly keep_going?: boolean | undefined
  /**
   * Which tasks that failed before are repeated: all, by default, or those that ended with a temporary error.
   */
  readonly retry?: 'all' | 'temporary' | undefined
  /** Stops the run: finished tasks are kept, `E_STOPPED` is thrown. */
  readonly signal?: AbortSignal | undefined
  readonly listen?: Listener | undefined
}

export interface VerifyOptions extends CommonOptions, LockOptions {
  /** Also read the inputs of the run and compare them with the lock. */
  readonly inputs?: boolean | undefined
  /** Rebuild the shards in this folder and compare their bytes, instead of reading the stored files. */
  readonly rebuild?: string | undefined
  /** Compute results again that are missing or damaged, and put those in place that come out equal. */
  readonly repair?: boolean | undefined
  /** Worker processes of a rebuild or repair; one per core if left out. */
  readonly workers?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called for the events of a rebuild. */
  readonly listen?: Listener | undefined
}
