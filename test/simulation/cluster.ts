import type { Random } from '../../src/core/random.js'
import { schedulerUnreachable, submissionUncertain } from '../../src/schedulers/errors.js'
import type {
  ArrayJob,
  Cause,
  ElementState,
  Scheduler,
  SchedulerLimits,
  SubmittedJob,
} from '../../src/schedulers/scheduler.js'
import type { SimulatedClock } from './clock.js'

/** How often what goes wrong, as shares. */
export interface Faults {
  /** Of attempts: asked to stop and to be repeated. */
  readonly preempted: number
  /** Of attempts: the machine is gone, and the scheduler starts the element again. */
  readonly node_lost: number
  /** Of attempts: the machine is gone for good as far as the scheduler knows. */
  readonly element_lost: number
  /** Of attempts: the scheduler gives the machine up and starts again, and the process lives on. */
  readonly zombie: number
  /** Of jobs: the controller loses it soon after it was accepted. */
  readonly job_lost: number
  /** Of submissions: no answer; half of them were accepted. */
  readonly answer_lost: number
  /** Of questions: no answer. */
  readonly silent: number
}

export interface ClusterOptions {
  readonly slots: number
  readonly limits: SchedulerLimits
  readonly repetitions: number
  /** Seconds that an element waits beyond what slots make it wait, on average. */
  readonly queue_seconds: number
  /** Seconds for which jobs that have ended are remembered. */
  readonly remembered_seconds: number
  readonly faults: Faults
}

/** What an attempt does, told by whoever knows tasks. `over` is called once, at the end of the attempt. */
export type Start = (attempt: Attempt, over: (end: End) => void) => Running
export interface Attempt {
  readonly job: ArrayJob
  readonly index: number
  readonly attempt: number
}
export interface End {
  readonly code: number
  readonly cause?: Cause
}
export interface Running {
  /** SIGTERM: it ends soon, with 75. */
  stop(): void
  /** SIGKILL, or the machine is gone: nothing more comes from it. */
  kill(): void
}

interface Element {
  readonly job: Job
  readonly index: number
  /** Dependencies that are not met. */
  waits: number
  attempt: number
  state: ElementState
  running?: Running | undefined
}

interface Job {
  readonly id: string
  readonly spec: ArrayJob
  readonly elements: Element[]
  open: number
  unsuccessful: number
  followers: { readonly element: 'each' | 'all' | 'ended'; readonly job: Job }[]
  forgotten: boolean
}

const pending: ElementState = { state: 'pending' }

/** A batch scheduler as they are: it queues, it repeats, it loses and forgets, and does not always answer. */
export class SimulatedCluster implements Scheduler {
  readonly kind = 'slurm'
  /** What happened, by kind: so that a test can tell that it did. */
  readonly struck: { -readonly [fault in keyof Faults]: number } = {
    preempted: 0,
    node_lost: 0,
    element_lost: 0,
    zombie: 0,
    job_lost: 0,
    answer_lost: 0,
    silent: 0,
  }
  /** Names that were accepted while the controller knew of a job of that name. */
  readonly twice: string[] = []
  arrays = 0
  elements = 0
  attempts = 0
  private readonly jobs = new Map<string, Job>()
  /**
   * Names of jobs that the controller has neither lost nor forgotten: nobody can learn of others that they
   * were there.
   */
  private readonly booked = new Set<string>()
  private readonly ready: Element[] = []
  private head = 0
  private free: number
  private readonly options: ClusterOptions
  private readonly clock: SimulatedClock
  private readonly random: Random
  private readonly start: Start

  constructor(options: ClusterOptions, clock: SimulatedClock, random: Random, start: Start) {
    this.options = options
    this.clock = clock
    this.random = random
    this.start = start
    this.free = options.slots
  }

  async limits(): Promise<SchedulerLimits> {
    return this.options.limits
  }

  async submit(spec: ArrayJob): Promise<string> {
    const lost = this.strikes('answer_lost')
    if (lost && this.random.unit() < 0.5) throw submissionUncertain(spec.name, 'no answer')
    const { array_size, dependencies } = this.options.limits
    if (spec.size > array_size || spec.after.length > dependencies)
      throw new Error(`${spec.name}: ${spec.size} elements, ${spec.after.length} dependencies`)
    const job = this.accept(spec)
    await this.clock.sleep(50)
    if (lost) throw submissionUncertain(spec.name, 'no answer')
    return job.id
  }

  async find(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.answers()
    const wanted = new Set(names)
    const found = new Map<string, string>()
    for (const { id, spec, forgotten } of this.jobs.values())
      if (!forgotten && wanted.has(spec.name) && !found.has(spec.name)) found.set(spec.name, id)
    return found
  }

  async states(
    jobs: readonly SubmittedJob[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, ElementState>>> {
    this.answers()
    return new Map(
      jobs.flatMap(({ id }) => {
        const job = this.jobs.get(id)
        return job && !job.forgotten
          ? [[id, new Map(job.elements.map(({ index, state }) => [index, state] as const))] as const]
          : []
      }),
    )
  }

  async cancel(jobs: readonly SubmittedJob[]): Promise<void> {
    for (const { id } of jobs)
      for (const element of this.jobs.get(id)?.elements ?? [])
        if (isOpen(element)) this.cancelled(element, 'cancelled')
  }

  async logs(): Promise<undefined> {
    return undefined
  }

  /** Slots that nobody uses: all of them, once everything has ended. */
  get idle(): number {
    return this.free
  }

  private accept(spec: ArrayJob): Job {
    const job: Job = {
      id: String(this.jobs.size + 1),
      spec,
      elements: [],
      open: spec.size,
      unsuccessful: 0,
      followers: [],
      forgotten: false,
    }
    for (let index = 0; index < spec.size; index++)
      job.elements.push({ job, index, waits: 0, attempt: 0, state: pending })
    this.jobs.set(job.id, job)
    this.arrays += 1
    if (this.booked.has(spec.name)) this.twice.push(spec.name)
    this.booked.add(spec.name)
    this.elements += spec.size
    const doomed = new Set<Element>()
    for (const { job: id, kind } of spec.after) {
      const other = this.jobs.get(id)
      // A dependency on what was forgotten counts as met.
      if (!other || other.forgotten) continue
      other.followers.push({ element: kind, job })
      for (const element of job.elements) {
        const on = kind === 'each' ? other.elements[element.index] : undefined
        const met =
          kind === 'each'
            ? on?.state.state === 'succeeded'
            : other.open === 0 && (kind === 'ended' || other.unsuccessful === 0)
        const never =
          kind === 'each' ? on !== undefined && !isOpen(on) && !met : kind === 'all' && other.unsuccessful > 0
        if (never) doomed.add(element)
        else if (!met) element.waits += 1
      }
    }
    for (const element of job.elements) {
      if (doomed.has(element)) this.cancelled(element, 'dependency')
      else if (element.waits === 0) this.enqueue(element)
    }
    if (this.strikes('job_lost')) this.clock.after(2000 * this.random.unit(), () => this.lose(job))
    return job
  }

  private enqueue(element: Element): void {
    const wait =
      this.options.queue_seconds === 0
        ? 0
        : -Math.log(1 - this.random.unit()) * this.options.queue_seconds * 1000
    this.clock.after(wait, () => {
      if (element.state !== pending || element.job.forgotten) return
      this.ready.push(element)
      this.fill()
    })
  }

  private fill(): void {
    while (this.free > 0 && this.head < this.ready.length) {
      const element = this.ready[this.head++]!
      if (element.state === pending && element.running === undefined && !element.job.forgotten)
        this.run(element)
    }
  }

  private run(element: Element): void {
    this.free -= 1
    this.attempts += 1
    const attempt = element.attempt
    element.state = { state: 'running' }
    const running = this.start({ job: element.job.spec, index: element.index, attempt }, (end) =>
      this.ended(element, attempt, end),
    )
    element.running = running
    const strikes = (['preempted', 'node_lost', 'element_lost', 'zombie'] as const).find((fault) =>
      this.strikes(fault, false),
    )
    if (strikes)
      this.clock.after(this.random.unit() * 100_000, () => this.strike(element, attempt, running, strikes))
  }

  private strike(
    element: Element,
    attempt: number,
    running: Running,
    fault: 'preempted' | 'node_lost' | 'element_lost' | 'zombie',
  ): void {
    if (element.running !== running || element.attempt !== attempt) return
    this.struck[fault] += 1
    if (fault === 'preempted') return running.stop()
    if (fault !== 'zombie') running.kill()
    this.release(element)
    if (fault === 'element_lost' || !this.again(element))
      this.settle(element, { state: 'lost', cause: 'node_lost' })
  }

  private ended(element: Element, attempt: number, { code, cause }: End): void {
    // The process of an attempt that was given up: nobody listens.
    if (element.running === undefined || element.attempt !== attempt) return
    this.release(element)
    if (code === 75 && this.again(element)) return
    this.settle(
      element,
      code === 0
        ? { state: 'succeeded', exit_code: 0 }
        : { state: 'failed', cause: cause ?? 'exit', exit_code: code },
    )
  }

  private again(element: Element): boolean {
    if (element.attempt >= this.options.repetitions) return false
    element.attempt += 1
    element.state = pending
    this.enqueue(element)
    return true
  }

  private release(element: Element): void {
    element.running = undefined
    this.free += 1
    this.fill()
  }

  private settle(element: Element, state: ElementState): void {
    const { job } = element
    element.state = state
    job.open -= 1
    const good = state.state === 'succeeded'
    if (!good) job.unsuccessful += 1
    for (const { element: kind, job: other } of job.followers) {
      if (kind === 'each') {
        const one = other.elements[element.index]!
        if (good) this.met(one)
        else if (isOpen(one)) this.cancelled(one, 'dependency')
      } else if (kind === 'all' && !good) {
        for (const one of other.elements) if (isOpen(one)) this.cancelled(one, 'dependency')
      } else if (job.open === 0) for (const one of other.elements) this.met(one)
    }
    if (job.open === 0) this.clock.after(this.options.remembered_seconds * 1000, () => this.forget(job))
  }

  private met(element: Element): void {
    if (--element.waits === 0 && element.state === pending) this.enqueue(element)
  }

  private cancelled(element: Element, cause: 'dependency' | 'cancelled'): void {
    element.running?.kill()
    if (element.running) this.release(element)
    this.settle(element, { state: 'cancelled', cause })
  }

  private forget(job: Job): void {
    job.forgotten = true
    this.booked.delete(job.spec.name)
    job.elements.length = 0
  }

  /**
   * The controller came back without the job: what runs of it goes on and is nobody's; what waits for it
   * waits no longer.
   */
  private lose(job: Job): void {
    if (job.forgotten) return
    job.forgotten = true
    this.booked.delete(job.spec.name)
    for (const element of job.elements) {
      if (element.running) {
        element.running = undefined
        this.free += 1
      }
      for (const { element: kind, job: other } of job.followers)
        if (kind === 'each' && isOpen(element)) this.met(other.elements[element.index]!)
    }
    for (const { element: kind, job: other } of job.followers)
      if (kind !== 'each') for (const one of other.elements) this.met(one)
    this.fill()
  }

  private strikes(fault: keyof Faults, counts = true): boolean {
    const does = this.random.unit() < this.options.faults[fault]
    if (does && counts) this.struck[fault] += 1
    return does
  }

  private answers(): void {
    if (this.strikes('silent')) throw schedulerUnreachable('the cluster', 'no answer')
  }
}

function isOpen({ state }: Element): boolean {
  return state.state === 'pending' || state.state === 'running'
}
