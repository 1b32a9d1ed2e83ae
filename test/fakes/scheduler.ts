import { credentialsExpired } from '../../src/core/expired-credentials.js'
import {
  queueFull,
  schedulerUnreachable,
  submissionRefused,
  submissionUncertain,
} from '../../src/schedulers/errors.js'
import type {
  ArrayJob,
  ElementState,
  Scheduler,
  SchedulerLimits,
  SubmittedJob,
} from '../../src/schedulers/scheduler.js'

/**
 * A scheduler that takes jobs and does nothing with them; tests say what became of them, and what goes wrong.
 */
export class FakeScheduler implements Scheduler {
  readonly kind = 'slurm'
  readonly jobs: (ArrayJob & { readonly id: string; readonly states: Map<number, ElementState> })[] = []
  /**
   * What the next calls of `submit` meet: an answer that is lost before or after the job was accepted, or a
   * refusal.
   */
  readonly faults: ('lost-after' | 'lost-before' | 'refused')[] = []
  down = false
  /** Every request meets expired credentials. */
  expired = false
  /** How many jobs the queue accepts. */
  room = Infinity
  calls = 0
  private readonly bounds: SchedulerLimits

  constructor(bounds: Partial<SchedulerLimits> = {}) {
    this.bounds = { array_size: 1000, dependencies: 1000, waits_for_end: true, ...bounds }
  }

  async limits(): Promise<SchedulerLimits> {
    return this.bounds
  }

  async submit(job: ArrayJob): Promise<string> {
    this.answers()
    if (this.jobs.length >= this.room) throw queueFull(job.name, 'AssocMaxSubmitJobLimit')
    const fault = this.faults.shift()
    if (fault === 'refused') throw submissionRefused(job.name, 'Invalid partition')
    if (fault === 'lost-before') throw submissionUncertain(job.name, 'timed out')
    const id = String(this.jobs.length + 1)
    const states = new Map(
      Array.from({ length: job.size }, (_, index) => [index, { state: 'pending' } as ElementState] as const),
    )
    this.jobs.push({ ...job, id, states })
    if (fault === 'lost-after') throw submissionUncertain(job.name, 'timed out')
    return id
  }

  async find(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.answers()
    return new Map(
      this.jobs.filter(({ name }) => names.includes(name)).map(({ name, id }) => [name, id] as const),
    )
  }

  async states(
    jobs: readonly SubmittedJob[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, ElementState>>> {
    this.answers()
    const asked = new Set(jobs.map(({ id }) => id))
    return new Map(this.jobs.filter(({ id }) => asked.has(id)).map(({ id, states }) => [id, states] as const))
  }

  async cancel(jobs: readonly SubmittedJob[]): Promise<void> {
    this.answers()
    const asked = new Set(jobs.map(({ id }) => id))
    for (const { id, states } of this.jobs)
      if (asked.has(id))
        for (const index of states.keys()) states.set(index, { state: 'cancelled', cause: 'cancelled' })
  }

  async logs(): Promise<string | undefined> {
    return undefined
  }

  private answers(): void {
    this.calls += 1
    if (this.down) throw schedulerUnreachable('Slurm', 'connect failure')
    if (this.expired) throw credentialsExpired('the scheduler', 'ExpiredTokenException')
  }
}
