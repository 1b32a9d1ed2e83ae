import { PipelineError } from '../../core/error.js'
import type { SchedulerLimits } from '../../schedulers/scheduler.js'
import type { PlannedDependency } from './types.js'
import type { Wave } from './waves.js'

type OnArray = Extract<PlannedDependency, { array: number }>
type OnJob = Extract<PlannedDependency, { job: unknown }>

/** What an array waits for, and all that it thereby knows to have succeeded. */
export interface Needs {
  readonly arrays: readonly OnArray[]
  readonly jobs: readonly OnJob[]
  /** Arrays whose elements have all succeeded when all elements of this one have. */
  readonly implied: ReadonlySet<number>
  /** Arrays whose element of the same index has succeeded when this one's has. */
  readonly implied_each: ReadonlySet<number>
}

export interface NeedsOf {
  readonly wave: Wave
  readonly chunk: number
  readonly leader: Wave | undefined
  /** Where the arrays of earlier waves are. */
  readonly placed: ReadonlyMap<Wave, readonly number[]>
  readonly needs: readonly Needs[]
  readonly limits: SchedulerLimits
}

/**
 * Undefined: with the jobs under way there are more than the scheduler takes; once some have ended it will
 * do. Throws `E_TOO_MANY_DEPENDENCIES` where it never will.
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
      hint: 'raise `jobs.element_minutes` in the profile so that there are fewer arrays',
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
