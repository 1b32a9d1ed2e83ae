/**
 * The interface between a run and a batch scheduler (Slurm, AWS Batch). An implementation only translates:
 * it submits whole arrays with their dependencies, and reports their states. It neither reads nor writes
 * the store, and makes no decisions.
 *
 * What it reports is a hint: a task is done if and only if its record is in the store. Whatever it forgets,
 * invents or repeats costs time, but never makes a result wrong.
 */
export interface Scheduler {
  /** The name of its row. */
  readonly kind: string
  limits(): Promise<SchedulerLimits>
  /**
   * Submits one array and returns the scheduler's id for it. Throws `E_SUBMIT_REFUSED` if the scheduler
   * refused the job and would refuse it again, `E_SUBMIT_UNCERTAIN` if the answer was lost: the job may
   * exist, and is looked up by its name before it is submitted again.
   */
  submit(job: ArrayJob): Promise<string>
  /**
   * Name → id, for the jobs of these names that the scheduler knows, in any state; the oldest if several
   * have the same name. One query for all names.
   */
  find(names: readonly string[]): Promise<ReadonlyMap<string, string>>
  /**
   * Job id → index → state of the element, with one query for all jobs (or as few as the protocol allows).
   * Jobs and elements that the scheduler no longer knows are absent. Throws `E_SCHEDULER_UNREACHABLE`
   * rather than reporting everything as unknown.
   */
  states(jobs: readonly SubmittedJob[]): Promise<ReadonlyMap<string, ReadonlyMap<number, ElementState>>>
  /**
   * Prevents pending elements from starting, and asks running ones to stop. Jobs that have ended or are
   * unknown are not an error. With `indices`, cancels only these elements; it is only called for elements
   * that `states` reported as stuck.
   */
  cancel(jobs: readonly SubmittedJob[]): Promise<void>
  /**
   * The output of all attempts of an element; undefined if there is none (yet). With `tail`, only the last
   * lines.
   */
  logs(job: SubmittedJob, index: number, tail?: number): Promise<string | undefined>
}

export interface SchedulerLimits {
  /** Maximum number of elements of one array. */
  readonly array_size: number
  /** Maximum number of dependencies of one job. */
  readonly dependencies: number
  /** Whether a job may wait for the end of another one that may have failed (`ended`). */
  readonly waits_for_end: boolean
}

/** One array of one stage. Element `i` runs the tasks on line `i` of the task list that `command` names. */
export interface ArrayJob {
  /**
   * At most 100 letters, digits, `-` and `_`. Derived from the fingerprints, so that the job can be looked
   * up after a lost answer.
   */
  readonly name: string
  /** Name of the stage's node in the pipeline: profiles set queues and images by it. */
  readonly node: string
  /**
   * At least 1. If the scheduler has no arrays of one, the implementation submits a plain job, with index
   * 0.
   */
  readonly size: number
  readonly resources: Resources
  readonly after: readonly JobDependency[]
  /**
   * Arguments of the `coterie` command, the same for every element: the index comes from the environment.
   */
  readonly command: readonly string[]
  readonly environment: { readonly [name: string]: string }
}

export interface JobDependency {
  /** The scheduler's id. */
  readonly job: string
  readonly size: number
  /**
   * `all`: every element has succeeded. `each`: the element at the same index has succeeded (both have the
   * same size). `ended`: every element has ended, successfully or not (only if `waits_for_end`).
   */
  readonly kind: 'all' | 'each' | 'ended'
}

/** The resources of one element. */
export interface Resources {
  readonly cpus: number
  readonly memory_bytes: number
  /** Wall-clock limit of one attempt. */
  readonly seconds: number
  readonly gpus: number
  /** Machines per element; above 1 only for training that spans machines. */
  readonly nodes: number
  /** Partition (Slurm) or job queue (AWS Batch); by default that of the profile. */
  readonly queue?: string | undefined
  /** Maximum number of elements of the array that run at once; unlimited by default. */
  readonly running?: number | undefined
}

export interface SubmittedJob {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly indices?: readonly number[] | undefined
}

export interface ElementState {
  /** `pending`: waiting for resources, a dependency or a restart. `lost`: its machine is gone. */
  readonly state: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost'
  readonly cause?: Cause | undefined
  readonly exit_code?: number | undefined
  /**
   * It is queued but will never run by itself: held, or waiting for a dependency that cannot be satisfied.
   */
  readonly stuck?: boolean | undefined
  /** The scheduler's own description, for people. */
  readonly detail?: string | undefined
  /** Why it is pending, in the scheduler's words, unless it only waits for jobs that it depends on. */
  readonly waits?: string | undefined
}

/** Why an element ended, if the scheduler knows. */
export type Cause =
  | 'exit'
  | 'signal'
  | 'out_of_memory'
  | 'time_limit'
  | 'node_lost'
  | 'preempted'
  | 'dependency'
  | 'cancelled'
