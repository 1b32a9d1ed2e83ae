import { PipelineError } from '../core/error.js'
import { mapConcurrently } from '../core/concurrency.js'
import type { ExecutionOutcome, Executor, Listener } from '../local-executor/executor.js'
import type { Task } from '../planner/types.js'
import { finishedTasks } from '../runner/finished-tasks.js'
import { readRecord } from '../runner/task/record.js'
import { sourcesOf } from './arrays/waves.js'
import { failureOf } from './failure.js'
import { isActive, isRetryable } from './judge.js'
import { readLedger } from './ledger.js'
import { type Observation, observeElements } from './observe.js'
import { Patience } from './patience.js'
import { type Choose, submitMissing } from './submit.js'
import { waitingElements } from './waiting.js'
import type { SubmissionContext } from './context.js'

/**
 * Submits tasks and follows them to their end. Tasks that were lost or ran out of memory or time are
 * submitted again, a limited number of times. It may be killed at any time: jobs continue without it, and
 * the next run picks up from their state.
 */
export function schedulerExecutor(context: SubmissionContext): Executor {
  return { execute: (tasks, { signal, listen }) => new FollowedRun(context, tasks, signal, listen).follow() }
}

class FollowedRun {
  private readonly context: SubmissionContext
  private readonly tasks: ReadonlyMap<string, Task>
  private readonly signal: AbortSignal
  private readonly listen: Listener
  private readonly finished = new Set<string>()
  private readonly started = new Set<string>()
  private readonly said = new Set<string>()
  private readonly began: number
  private readonly submitting: Patience
  private readonly observing: Patience

  constructor(context: SubmissionContext, tasks: readonly Task[], signal: AbortSignal, listen: Listener) {
    this.context = context
    this.tasks = new Map(tasks.map((task) => [task.fingerprint, task]))
    this.signal = signal
    this.listen = listen
    this.began = context.clock.now()
    const patience = () =>
      new Patience(context.clock, context.profile.jobs.poll_seconds * 1000, (reason) =>
        listen({ type: 'waiting', reason }),
      )
    this.submitting = patience()
    this.observing = patience()
  }

  async follow(): Promise<ExecutionOutcome> {
    const { clock, profile } = this.context
    await this.submit(this.wanted)
    for (;;) {
      // Also while nothing can be submitted, what runs is followed.
      if (this.submitting.waits && this.submitting.isDue) await this.submit(this.notYet)
      const outcome = await this.step()
      if (outcome) return outcome
      await clock.sleep(profile.jobs.poll_seconds * 1000, this.signal).catch(() => {
        throw new PipelineError({
          code: 'E_STOPPED',
          failure: 'retry',
          message:
            `stopped following after ${this.finished.size} of ${this.tasks.size} tasks; ` +
            'the jobs continue',
          hint:
            '`coterie status` shows their progress, `coterie cancel` ends them, ' +
            'and `coterie run` follows them again',
        })
      })
    }
  }

  /** Looks once, and submits again what was lost. Returns the outcome once nothing is left to follow. */
  private async step(): Promise<ExecutionOutcome | undefined> {
    const observation = await this.observing.attempt(() => this.observe())
    if (!observation) return undefined
    this.sayReasons(observation)
    if (this.submitting.waits) return undefined
    const open = [...this.tasks.values()].filter((task) => !this.finished.has(task.fingerprint))
    const retryable = this.retryable(open, observation)
    const active = open.filter((task) => {
      const element = observation.byTask.get(task.fingerprint)
      return element !== undefined && isActive(element.verdict)
    })
    if (retryable.length > 0 && !observation.unreachable) {
      for (const task of retryable)
        this.listen({
          type: 'retried',
          task,
          reason: observation.byTask.get(task.fingerprint)?.verdict.detail ?? 'the job was lost',
        })
      const ids = new Set(retryable.map((task) => task.fingerprint))
      const submitted = await this.resubmit((missing) => missing.filter((task) => ids.has(task.fingerprint)))
      if (submitted === 0 && active.length === 0) {
        // A task that looked lost may have finished before it was submitted again.
        const last = await this.observe()
        const left = open.filter((task) => !this.finished.has(task.fingerprint))
        if (left.length === open.length) return this.outcome(left, last)
      }
    } else if (active.length === 0) return this.outcome(open, observation)
    return undefined
  }

  private sayReasons({ elements, unreachable }: Observation): void {
    const waiting = waitingElements(elements)
    const all = unreachable
      ? [{ reason: `${unreachable.message} (${unreachable.found ?? 'no answer'})` }, ...waiting]
      : waiting
    for (const { reason, ...rest } of all) {
      const stage = 'stage' in rest ? rest.stage : undefined
      const words = `${stage ?? ''} ${reason}`
      if (this.said.has(words)) continue
      this.said.add(words)
      this.listen({ type: 'waiting', stage, reason })
    }
  }

  private async submit(choose: Choose): Promise<number | undefined> {
    return this.submitting.attempt(async () => (await submitMissing(this.context, choose)).submitted)
  }

  /**
   * Returns the number of submitted tasks; undefined if the scheduler did not answer or accepts nothing
   * now. The next round tries again.
   */
  private async resubmit(choose: Choose): Promise<number | undefined> {
    try {
      return await this.submit(choose)
    } catch (error) {
      if (error instanceof PipelineError && error.failure === 'retry') return undefined
      throw error
    }
  }

  private readonly wanted = (missing: readonly Task[]) =>
    missing.filter((task) => this.tasks.has(task.fingerprint))

  /** What this run wanted to submit and could not: a task that failed since then is not submitted again. */
  private readonly notYet: Choose = (missing, { byTask }) =>
    this.wanted(missing).filter(({ fingerprint }) => {
      const element = byTask.get(fingerprint)
      return element === undefined || element.array.submission.created_ms < this.began
    })

  private async observe(): Promise<Observation> {
    const { by, store, plan, scheduler, clock, profile } = this.context
    const ledger = await readLedger(store, by, plan.manifest)
    const before = await finishedTasks(store, plan)
    const observation = await observeElements({
      store,
      plan,
      ledger,
      done: before,
      scheduler,
      clock,
      grace_seconds: profile.jobs.grace_seconds,
    })
    const { done } = observation
    const news = [...this.tasks.values()].filter(
      (task) => done.has(task.fingerprint) && !this.finished.has(task.fingerprint),
    )
    const records = await mapConcurrently(news, 32, async (task) => ({
      task,
      record: await readRecord(store, task),
    }))
    for (const { task, record } of records) {
      this.finished.add(task.fingerprint)
      this.begin(task)
      const { rows_in, rows_out, dropped } = record.accounting
      const { seconds, data: adopted } = record
      this.listen({ type: 'finished', task, rows_in, rows_out, dropped, seconds, adopted })
    }
    for (const [id, { verdict }] of observation.byTask) {
      const task = this.tasks.get(id)
      if (task && verdict.state === 'running') this.begin(task)
    }
    return observation
  }

  private begin(task: Task): void {
    if (this.started.has(task.fingerprint)) return
    this.started.add(task.fingerprint)
    this.listen({ type: 'started', task })
  }

  /** Tasks that failed in a way that may not recur, and tasks that were blocked only by such tasks. */
  private retryable(open: readonly Task[], { byTask }: Observation): Task[] {
    const hopeless = new Set<string>()
    const { resubmissions } = this.context.profile.jobs
    return open.filter((task) => {
      const element = byTask.get(task.fingerprint)
      const blocked = sourcesOf(task).some((id) => hopeless.has(id))
      const retryable = element === undefined || isRetryable(element.verdict)
      if (
        blocked ||
        (!retryable && element !== undefined && !isActive(element.verdict)) ||
        (element?.earlier ?? 0) >= resubmissions
      ) {
        if (element === undefined || !isActive(element.verdict)) hopeless.add(task.fingerprint)
        return false
      }
      return retryable
    })
  }

  private async outcome(open: readonly Task[], { byTask }: Observation): Promise<ExecutionOutcome> {
    const { store } = this.context
    const ended = open.flatMap((task) => {
      const element = byTask.get(task.fingerprint)
      return element && element.verdict.state !== 'blocked' ? [{ task, element }] : []
    })
    const failures = await mapConcurrently(ended, 8, async ({ task, element }) => ({
      task,
      error: await failureOf(store, task, element),
    }))
    for (const { task, error } of failures) this.listen({ type: 'failed', task, error })
    return { finished: this.finished.size, failures, not_started: open.length - failures.length }
  }
}
