/**
 * The seam between a run and a batch scheduler (Slurm, AWS Batch). A scheduler translates: it is handed whole
 * arrays with their dependencies, and it tells what became of them. It neither reads nor writes the store,
 * and decides nothing.
 *
 * What a scheduler says is a hint; a task is done if and only if its record is in the store. Whatever it
 * forgets, invents or says twice costs time, never a wrong result.
 */
export interface Scheduler {
  /** The name of its row: what a profile calls it. */
  readonly kind: string
  limits(): Promise<SchedulerLimits>
  /**
   * Submits one array and gives the scheduler's id for it. `E_SUBMIT_REFUSED` where the scheduler said no
   * (asking again with the same job gives the same answer), `E_SUBMIT_UNCERTAIN` where the answer was lost:
   * the job may be there, and is looked for by its name before anything is submitted again.
   */
  submit(job: ArrayJob): Promise<string>
  /**
   * Ids of the jobs of these names that the scheduler knows, in any state. One query for all. Of several with
   * one name the oldest.
   */
  find(names: readonly string[]): Promise<ReadonlyMap<string, string>>
  /**
   * What became of the elements of these jobs, by job id; one query (or as few as the protocol allows) for
   * all of them. An element that the scheduler does not know any more is absent, and so is a job. Throws
   * `E_SCHEDULER_UNREACHABLE` rather than calling everything forgotten.
   */
  states(jobs: readonly SubmittedJob[]): Promise<ReadonlyMap<string, ReadonlyMap<number, ElementState>>>
  /**
   * Pending elements never start, running ones are asked to stop. Jobs that have ended or are unknown are no
   * error. With `indices` only these elements: asked for nothing but what `states` has called stuck.
   */
  cancel(jobs: readonly SubmittedJob[]): Promise<void>
  /**
   * What an element printed, all its attempts; undefined where there is nothing (yet). `tail` lines at most,
   * if given.
   */
  logs(job: SubmittedJob, index: number, tail?: number): Promise<string | undefined>
}

export interface SchedulerLimits {
  /** Elements that one array may have. */
  readonly array_size: number
  /** Dependencies that one job may have. */
  readonly dependencies: number
  /** Whether a job may wait for the end of another whether that succeeded or not (`ended`). */
  readonly waits_for_end: boolean
}

/** One array of one stage. Element `i` runs the tasks on line `i` of the task list that `command` names. */
export interface ArrayJob {
  /**
   * Letters, digits, `-` and `_`, at most 100; derived from the fingerprints, so that a lost answer can be
   * looked up.
   */
  readonly name: string
  /** Name of the stage's node in the pipeline: profiles set queues and images by it. */
  readonly node: string
  /** From 1 up. Where the scheduler has no arrays of one, the adapter submits a plain job; its index is 0. */
  readonly size: number
  readonly resources: Resources
  readonly after: readonly JobDependency[]
  /**
   * Arguments of the `coterie` command, the same for every element: the element's index comes from the
   * environment.
   */
  readonly command: readonly string[]
  readonly environment: { readonly [name: string]: string }
}

export interface JobDependency {
  /** The scheduler's id. */
  readonly job: string
  readonly size: number
  /**
   * `all`: every element succeeded. `each`: the element of the same index succeeded (both have the same
   * size). `ended`: nothing of it runs or waits any more, whatever became of it (only where `waits_for_end`).
   */
  readonly kind: 'all' | 'each' | 'ended'
}

/** What one element may use. */
export interface Resources {
  readonly cpus: number
  readonly memory_bytes: number
  /** Wall-clock limit of one attempt. */
  readonly seconds: number
  readonly gpus: number
  /** Machines of one element; above 1 only for training that spans machines. */
  readonly nodes: number
  /** Partition (Slurm) or job queue (AWS Batch); the profile's default if left out. */
  readonly queue?: string | undefined
  /** Elements of the array that may run at once; no limit if left out. */
  readonly running?: number | undefined
}

export interface SubmittedJob {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly indices?: readonly number[] | undefined
}

export interface ElementState {
  /** `pending`: waits, whether for resources, a dependency, or a repetition. `lost`: its machine is gone. */
  readonly state: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost'
  readonly cause?: Cause | undefined
  readonly exit_code?: number | undefined
  /** It is still in the queue and will never move by itself: held, or waiting for what cannot come. */
  readonly stuck?: boolean | undefined
  /** In the scheduler's own words, for people. */
  readonly detail?: string | undefined
}

/** Why an element ended as it did, where the scheduler knows. */
export type Cause =
  | 'exit'
  | 'signal'
  | 'out_of_memory'
  | 'time_limit'
  | 'node_lost'
  | 'preempted'
  | 'dependency'
  | 'cancelled'
