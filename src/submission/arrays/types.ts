import type { Task } from '../../planner/types.js'
import type { Resources, SchedulerLimits } from '../../schedulers/scheduler.js'

export interface SubmissionRequest {
  /** Tasks that have no result and that no job works on, in plan order. */
  readonly tasks: readonly Task[]
  /** Fingerprint → the job of an earlier submission that works on it, for tasks that these take from. */
  readonly active: ReadonlyMap<string, ActiveJob>
  readonly limits: SchedulerLimits
  /** Small tasks are put together into one element until they are estimated to take so long. */
  readonly element_seconds: number
  readonly resources: (elements: readonly (readonly Task[])[]) => Resources
}

export interface ActiveJob {
  readonly id: string
  readonly size: number
  /** An element of it has failed for good, so that it will never succeed as a whole. */
  readonly failing: boolean
}

/** One array to be submitted: some tasks of one stage that may run at the same time. */
export interface PlannedArray {
  readonly node: string
  readonly stage: string
  /** Tasks of each element, run one after the other. */
  readonly elements: readonly (readonly Task[])[]
  readonly resources: Resources
  readonly after: readonly PlannedDependency[]
}

export type PlannedDependency =
  /** Position in the list of arrays; always an earlier one. */
  | { readonly array: number; readonly kind: 'all' | 'each' }
  | { readonly job: ActiveJob; readonly kind: 'all' | 'ended' }

export interface SubmissionPlan {
  /** In an order in which every array comes after those that it depends on. */
  readonly arrays: readonly PlannedArray[]
  /**
   * Tasks that have to wait for a later submission: they take from a job that has failed elements, and the
   * scheduler cannot wait for its end; or they take from more jobs under way than the scheduler lets one
   * array wait for.
   */
  readonly held_back: readonly Task[]
}
