import type { Listener } from './events.js'

/** What every command that takes a manifest takes too. Paths are relative to the working directory. */
export interface CommonOptions {
  /** Where and how tasks run: the name of a profile, or its file. */
  readonly profile?: string | undefined
  /** Folder or URI for results, instead of the manifest's. */
  readonly store?: string | undefined
  /**
   * Load the plugins that the manifest names: code that then runs with the rights of this process. Never done
   * by `status`, nor by `verify` without `rebuild`.
   */
  readonly trust?: boolean | undefined
}

export interface PlanOptions extends CommonOptions {
  /** Overrides of options, `stage.option=value`. */
  readonly set?: readonly string[] | undefined
  /** Only what this stage needs, itself included. */
  readonly until?: string | undefined
  /** List every task with its own reason. */
  readonly tasks?: boolean | undefined
}

export interface StatusOptions extends CommonOptions {
  readonly set?: readonly string[] | undefined
}

export interface RunOptions extends CommonOptions {
  readonly set?: readonly string[] | undefined
  readonly until?: string | undefined
  /** Worker processes; the profile's number, or one per core, if left out. */
  readonly workers?: number | undefined
  /** Refuse whatever the lock does not explain (`E_FROZEN`). */
  readonly frozen?: boolean | undefined
  /** Stops the run: finished tasks are kept, and `E_STOPPED` is thrown. */
  readonly signal?: AbortSignal | undefined
  readonly listen?: Listener | undefined
}

export interface VerifyOptions extends CommonOptions {
  /** Build the shards again in this folder and compare bytes, instead of reading the stored ones only. */
  readonly rebuild?: string | undefined
  /** Worker processes of a rebuild; one per core if left out. */
  readonly workers?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Told about the tasks of a rebuild. */
  readonly listen?: Listener | undefined
}
