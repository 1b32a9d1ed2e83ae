import { randomUUID } from 'node:crypto'
import { type Definition, type End, isOver, isRepeated, type Job, type SubmitRequest } from './model.js'

/** Starts a job's command; resolves with its end. `stop` ends it early with an end of one's own. */
export type RunJob = (
  job: Job,
  attempt: number,
) => { readonly ended: Promise<End>; readonly stop: (end: End) => void }

/** The queue's rules: dependencies, arrays, repetition, time limits. */
export class Jobs {
  readonly all = new Map<string, Job>()
  readonly definitions: Map<string, Definition>
  /** Jobs whose state may have changed something for others. */
  private readonly waiting = new Set<Job>()
  private readonly runnable: Job[] = []
  private running = 0
  private readonly run: RunJob
  private readonly slots: number
  /** Real milliseconds that a second of a time limit takes. */
  private readonly secondMilliseconds: number
  /** Set: nothing starts. */
  paused = false
  private idle: (() => void)[] = []

  constructor(options: {
    run: RunJob
    slots: number
    definitions: Map<string, Definition>
    secondMilliseconds: number
  }) {
    this.run = options.run
    this.slots = options.slots
    this.definitions = options.definitions
    this.secondMilliseconds = options.secondMilliseconds
  }

  submit(request: SubmitRequest): Job {
    const id = randomUUID()
    const size = request.arrayProperties?.size
    const job: Job = { id, request, createdAt: Date.now(), children: [], status: 'PENDING', attempts: [] }
    if (size !== undefined) {
      job.children = Array.from({ length: size }, (_, index): Job => ({
        id: `${id}:${index}`,
        request,
        createdAt: job.createdAt,
        index,
        parent: job,
        children: [],
        status: 'PENDING',
        attempts: [],
      }))
    }
    for (const one of [job, ...job.children]) this.all.set(one.id, one)
    for (const one of size === undefined ? [job] : job.children) this.waiting.add(one)
    this.turn()
    return job
  }

  /** Ends a job with a reason; `runningToo` is what tells TerminateJob from CancelJob. */
  end(job: Job, reason: string, runningToo: boolean): void {
    for (const one of job.children.length > 0 ? job.children : [job]) {
      if (isOver(one)) continue
      if (one.stop) {
        if (!runningToo) continue
        one.ending = reason
        one.stop({ exitCode: 143, statusReason: reason, final: true })
      } else {
        one.ending = reason
        this.finish(one, 'FAILED', reason)
      }
    }
    this.turn()
  }

  /** The service forgets a job that has ended. */
  forget(job: Job): void {
    for (const one of [job, ...job.children]) this.all.delete(one.id)
  }

  resume(): void {
    this.paused = false
    this.turn()
  }

  /** Resolves when nothing runs and nothing can start any more. */
  async quiet(): Promise<void> {
    if (this.running > 0 || (this.runnable.length > 0 && !this.paused))
      await new Promise<void>((resolve) => this.idle.push(resolve))
  }

  stopAll(): void {
    this.paused = true
    for (const job of this.all.values())
      job.stop?.({ exitCode: 137, statusReason: 'the fake was stopped', final: true })
  }

  private turn(): void {
    for (let again = true; again;) {
      again = false
      for (const job of [...this.waiting]) {
        const state = this.dependenciesOf(job)
        if (state === 'waiting') continue
        this.waiting.delete(job)
        again = true
        if (state === 'failed') this.finish(job, 'FAILED', 'Dependent Job failed')
        else {
          job.status = 'RUNNABLE'
          this.runnable.push(job)
        }
      }
    }
    while (!this.paused && this.running < this.slots) {
      const next = this.runnable.shift()
      if (!next) break
      if (next.status === 'RUNNABLE') this.start(next)
    }
    if (this.running === 0 && (this.runnable.length === 0 || this.paused))
      for (const resolve of this.idle.splice(0)) resolve()
  }

  private dependenciesOf(job: Job): 'met' | 'waiting' | 'failed' {
    let state: 'met' | 'waiting' = 'met'
    for (const { jobId, type } of job.request.dependsOn ?? []) {
      let other: Job | undefined
      if (type === 'SEQUENTIAL') {
        const before = (job.index ?? 0) - 1
        if (before < 0) continue
        other = job.parent?.children[before]
      } else other = this.all.get(type === 'N_TO_N' ? `${jobId}:${job.index}` : String(jobId))
      if (other?.status === 'FAILED') return 'failed'
      if (other?.status !== 'SUCCEEDED') state = 'waiting'
    }
    return state
  }

  private start(job: Job): void {
    this.running += 1
    job.status = 'RUNNING'
    if (job.parent) job.parent.startedAt ??= Date.now()
    job.startedAt = Date.now()
    const attempt = job.attempts.length + 1
    job.logStreamName = `task/default/${randomUUID().replaceAll('-', '')}`
    const { ended, stop } = this.run(job, attempt)
    job.stop = stop
    const limit = job.request.timeout?.attemptDurationSeconds
    const timer =
      limit === undefined
        ? undefined
        : setTimeout(
            () => stop({ exitCode: 137, statusReason: 'Job attempt duration exceeded timeout', final: true }),
            limit * this.secondMilliseconds,
          )
    void ended.then((end) => {
      clearTimeout(timer)
      this.running -= 1
      this.settle(job, end)
      this.turn()
    })
  }

  private settle(job: Job, end: End): void {
    delete job.stop
    job.attempts.push({
      ...end,
      startedAt: job.startedAt ?? 0,
      stoppedAt: Date.now(),
      logStreamName: String(job.logStreamName),
    })
    if (end.exitCode === 0 && end.statusReason === undefined)
      return this.finish(job, 'SUCCEEDED', 'Essential container in task exited')
    const strategy =
      job.request.retryStrategy ?? this.definitions.get(job.request.jobDefinition)?.retryStrategy
    if (isRepeated(strategy, job.attempts.length, end)) {
      job.status = 'RUNNABLE'
      delete job.startedAt
      this.runnable.push(job)
    } else this.finish(job, 'FAILED', end.statusReason ?? 'Essential container in task exited')
  }

  private finish(job: Job, status: 'SUCCEEDED' | 'FAILED', reason: string): void {
    this.waiting.delete(job)
    job.status = status
    job.statusReason = reason
    job.stoppedAt = Date.now()
    const { parent } = job
    if (!parent || !parent.children.every(isOver)) return
    parent.status = parent.children.every((child) => child.status === 'SUCCEEDED') ? 'SUCCEEDED' : 'FAILED'
    parent.stoppedAt = Date.now()
  }
}
