import type { Task } from '../planner/types.js'
import { cutElements } from './pack.js'
import type { Resources, SchedulerLimits } from './scheduler.js'
import { neededArrays, type Needs } from './needs.js'
import { cutWaves, followers, type Wave } from './waves.js'

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

/**
 * Pure: which arrays to submit for these tasks. A stage's tasks that wait for each other (`after`) become
 * several arrays; a stage that goes shard by shard follows the elements of the stage before it, index by
 * index, so that one slow or failed shard holds up nobody else. Whole-array dependencies that follow from
 * others are left out.
 */
export function planSubmission(request: SubmissionRequest): SubmissionPlan {
  const { waves, held_back } = cutWaves(request)
  const leaders = followers(waves)
  const elements = cutElements(waves, leaders, request)
  const arrays: PlannedArray[] = []
  const needs: Needs[] = []
  const placed = new Map<Wave, readonly number[]>()
  const later = new Set<Wave>()
  for (const wave of waves) {
    const chunks = elements.get(wave) ?? []
    const needed = chunks.map((_, chunk) =>
      neededArrays({ wave, chunk, leader: leaders.get(wave), placed, needs, limits: request.limits }),
    )
    if (needed.includes(undefined) || [...wave.upstream].some((upstream) => later.has(upstream))) {
      later.add(wave)
      continue
    }
    const positions: number[] = []
    for (const [chunk, own] of chunks.entries()) {
      const after = needed[chunk]!
      positions.push(arrays.length)
      needs.push(after)
      arrays.push({
        node: wave.node,
        stage: wave.stage,
        elements: own,
        resources: request.resources(own),
        after: [...after.arrays, ...after.jobs],
      })
    }
    placed.set(wave, positions)
  }
  return { arrays, held_back: [...held_back, ...[...later].flatMap((wave) => wave.tasks)] }
}
