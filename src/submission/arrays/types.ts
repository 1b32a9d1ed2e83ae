import type { Task } from '../../planner/types.js'
import type { Resources, SchedulerLimits } from '../../schedulers/scheduler.js'

export interface SubmissionRequest {
  /** Tasks without a result that no job is working on, in plan order. */
  readonly tasks: readonly Task[]
  /** Fingerprint → the job of an earlier submission that is working on it, for inputs of these tasks. */
  readonly active: ReadonlyMap<string, ActiveJob>
  readonly limits: SchedulerLimits
  /** Small tasks share an element up to this estimated duration. */
  readonly element_seconds: number
  readonly resources: (elements: readonly (readonly Task[])[]) => Resources
}

export interface ActiveJob {
  readonly id: string
  readonly size: number
  /** Whether an element has failed for good, so the job will never succeed as a whole. */
  readonly failing: boolean
}

/** One array to submit: tasks of one stage that may run at the same time. */
export interface PlannedArray {
  readonly node: string
  readonly stage: string
  /** The tasks of each element, which run one after the other. */
  readonly elements: readonly (readonly Task[])[]
  readonly resources: Resources
  readonly after: readonly PlannedDependency[]
}

export type PlannedDependency =
  /** `array`: position in the list of arrays, always an earlier one. */
  | { readonly array: number; readonly kind: 'all' | 'each' }
  | { readonly job: ActiveJob; readonly kind: 'all' | 'ended' }

export interface SubmissionPlan {
  /** Every array comes after those that it depends on. */
  readonly arrays: readonly PlannedArray[]
  /**
   * Tasks that have to wait for a later submission: either they take from a job with failed elements, and
   * the scheduler cannot wait for its end; or they take from more running jobs than one array may wait for.
   */
  readonly held_back: readonly Task[]
}
