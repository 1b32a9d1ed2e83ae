import { PipelineError } from '../../core/error.js'
import type { SchedulerLimits } from '../../schedulers/scheduler.js'
import type { PlannedDependency } from './types.js'
import type { Wave } from './waves.js'

type OnArray = Extract<PlannedDependency, { array: number }>
type OnJob = Extract<PlannedDependency, { job: unknown }>

/** What an array waits for, and everything that has succeeded by then. */
export interface Needs {
  readonly arrays: readonly OnArray[]
  readonly jobs: readonly OnJob[]
  /** Arrays of which all elements have succeeded once all elements of this one have. */
  readonly implied: ReadonlySet<number>
  /** Arrays of which the element at the same index has succeeded once this one's has. */
  readonly implied_each: ReadonlySet<number>
}

export interface NeedsOf {
  readonly wave: Wave
  readonly chunk: number
  readonly leader: Wave | undefined
  /** Positions of the arrays of earlier waves. */
  readonly placed: ReadonlyMap<Wave, readonly number[]>
  readonly needs: readonly Needs[]
  readonly limits: SchedulerLimits
}

/**
 * Undefined if, together with running jobs, there are more dependencies than the scheduler accepts: it
 * works once some jobs have ended. Throws `E_TOO_MANY_DEPENDENCIES` if it never can.
 */
export function neededArrays({ wave, chunk, leader, placed, needs, limits }: NeedsOf): Needs | undefined {
  const wanted = [...wave.upstream].flatMap((upstream): OnArray[] => {
    const arrays = placed.get(upstream) ?? []
    if (upstream !== leader) return arrays.map((array) => ({ array, kind: 'all' }))
    const array = arrays[chunk]
    return array === undefined ? [] : [{ array, kind: 'each' }]
  })
  const knows = (one: OnArray) => needs[one.array]
  const arrays = wanted.filter(
    (one) =>
      !wanted.some((other) => {
        if (other === one) return false
        const known = knows(other)
        if (other.kind === 'all') return known?.implied.has(one.array) === true
        return one.kind === 'each' && known?.implied_each.has(one.array) === true
      }),
  )
  const jobs = wave.jobs.map((job): OnJob => ({ job, kind: job.failing ? 'ended' : 'all' }))
  if (arrays.length > limits.dependencies) {
    throw new PipelineError({
      code: 'E_TOO_MANY_DEPENDENCIES',
      failure: 'executor',
      message: `an array of ${wave.node} would wait for ${arrays.length} others`,
      expected: `at most ${limits.dependencies}`,
      hint: 'raise `jobs.element_minutes` in the profile to get fewer arrays',
    })
  }
  if (arrays.length + jobs.length > limits.dependencies) return undefined
  const implied = new Set<number>()
  const implied_each = new Set<number>()
  for (const one of arrays) {
    implied.add(one.array)
    if (one.kind === 'each') implied_each.add(one.array)
    for (const array of knows(one)?.implied ?? []) implied.add(array)
    if (one.kind === 'each') for (const array of knows(one)?.implied_each ?? []) implied_each.add(array)
  }
  return { arrays, jobs, implied, implied_each }
}
