import type { PipelineError } from '../core/error.js'
import type { Task, TaskRef } from '../planner/types.js'

/** An event during a run, for progress displays, logs and tests. */
export type RunEvent =
  | { readonly type: 'started'; readonly task: TaskRef }
  | {
      readonly type: 'progress'
      readonly task: TaskRef
      readonly rows_done: number
      readonly rows_total: number | undefined
      readonly detail?: string | undefined
    }
  | {
      readonly type: 'finished'
      readonly task: TaskRef
      readonly rows_in: number
      readonly rows_out: number
      readonly dropped: { readonly [reason: string]: number }
      readonly seconds: number
      /** Fingerprint of the task whose equal result it took over instead of running. */
      readonly adopted?: string | undefined
    }
  /** Nothing moves, for a reason that somebody may have to remove; sent once for each reason. */
  | { readonly type: 'waiting'; readonly stage?: string | undefined; readonly reason: string }
  | { readonly type: 'retried'; readonly task: TaskRef; readonly reason: string }
  | { readonly type: 'failed'; readonly task: TaskRef; readonly error: PipelineError }

export type Listener = (event: RunEvent) => void

/**
 * Runs tasks; decides nothing. `tasks` are those that have no record yet; each comes after the tasks that
 * it takes from. Resolves when every task that could run has run.
 */
export interface Executor {
  execute(
    tasks: readonly Task[],
    options: { readonly signal: AbortSignal; readonly listen: Listener },
  ): Promise<ExecutionOutcome>
}

export interface ExecutionOutcome {
  readonly finished: number
  readonly failures: readonly { readonly task: TaskRef; readonly error: PipelineError }[]
  /** Tasks that were not started because an input failed or the run was stopped. */
  readonly not_started: number
}
