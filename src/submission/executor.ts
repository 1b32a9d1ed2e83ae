import { PipelineError } from '../core/error.js'
import { mapConcurrently } from '../core/concurrency.js'
import type { ExecutionOutcome, Executor, Listener } from '../local-executor/executor.js'
import type { Task } from '../planner/types.js'
import { finishedTasks } from '../runner/finished.js'
import { readRecord } from '../runner/task/record.js'
import { sourcesOf } from './arrays/waves.js'
import { failureOf } from './failure.js'
import { isActive, mayHelpAgain } from './judge.js'
import { readLedger } from './ledger.js'
import { type Observation, observe } from './observe.js'
import { type Choose, submitMissing } from './submit.js'
import type { SubmissionContext } from './context.js'

/**
 * Submits tasks and follows them to their end; what was lost, ran out of memory or out of time is submitted
 * again, a few times. Nothing depends on it staying alive: the jobs go on without it, and the next one goes
 * on from what it finds.
 */
export function schedulerExecutor(context: SubmissionContext): Executor {
  return { execute: (tasks, { signal, listen }) => new Following(context, tasks, signal, listen).follow() }
}

class Following {
  private readonly context: SubmissionContext
  private readonly tasks: ReadonlyMap<string, Task>
  private readonly signal: AbortSignal
  private readonly listen: Listener
  private readonly finished = new Set<string>()
  private readonly started = new Set<string>()

  constructor(context: SubmissionContext, tasks: readonly Task[], signal: AbortSignal, listen: Listener) {
    this.context = context
    this.tasks = new Map(tasks.map((task) => [task.fingerprint, task]))
    this.signal = signal
    this.listen = listen
  }

  async follow(): Promise<ExecutionOutcome> {
    const { clock, profile } = this.context
    await submitMissing(this.context, this.wanted)
    for (;;) {
      const observation = await this.look()
      const open = [...this.tasks.values()].filter((task) => !this.finished.has(task.fingerprint))
      const again = this.worthRepeating(open, observation)
      const active = open.filter((task) => {
        const element = observation.byTask.get(task.fingerprint)
        return element !== undefined && isActive(element.verdict)
      })
      if (again.length > 0 && !observation.unreachable) {
        for (const task of again)
          this.listen({
            type: 'retried',
            task,
            reason: observation.byTask.get(task.fingerprint)?.verdict.detail ?? 'the job was lost',
          })
        const ids = new Set(again.map((task) => task.fingerprint))
        const submitted = await this.again((missing) => missing.filter((task) => ids.has(task.fingerprint)))
        if (submitted === 0 && active.length === 0) {
          // What looked lost may have ended well before it was submitted again.
          const last = await this.look()
          const left = open.filter((task) => !this.finished.has(task.fingerprint))
          if (left.length === open.length) return this.outcome(left, last)
        }
      } else if (active.length === 0) return this.outcome(open, observation)
      await clock.sleep(profile.jobs.poll_seconds * 1000, this.signal).catch(() => {
        throw new PipelineError({
          code: 'E_STOPPED',
          failure: 'retry',
          message:
            `stopped following after ${this.finished.size} of ${this.tasks.size} tasks; ` + 'the jobs go on',
          hint:
            '`coterie status` shows how far they are, `coterie cancel` ends them, ' +
            'and `coterie run` follows again',
        })
      })
    }
  }

  /**
   * How many tasks were submitted; undefined where the scheduler did not answer, and it is tried again at the
   * next look.
   */
  private async again(choose: Choose): Promise<number | undefined> {
    try {
      return (await submitMissing(this.context, choose)).submitted
    } catch (error) {
      if (error instanceof PipelineError && error.failure === 'retry') return undefined
      throw error
    }
  }

  private readonly wanted = (missing: readonly Task[]) =>
    missing.filter((task) => this.tasks.has(task.fingerprint))

  private async look(): Promise<Observation> {
    const { store, plan, scheduler, clock, profile } = this.context
    const ledger = await readLedger(store, plan.manifest)
    const before = await finishedTasks(store, plan)
    const observation = await observe({
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
      this.listen({ type: 'finished', task, rows_in, rows_out, dropped, seconds: record.seconds })
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

  /** Tasks that failed in a way that may not repeat, and what was blocked by nothing else. */
  private worthRepeating(open: readonly Task[], { byTask }: Observation): Task[] {
    const hopeless = new Set<string>()
    const { resubmissions } = this.context.profile.jobs
    return open.filter((task) => {
      const element = byTask.get(task.fingerprint)
      const blocked = sourcesOf(task).some((id) => hopeless.has(id))
      const again = element === undefined || mayHelpAgain(element.verdict)
      if (
        blocked ||
        (!again && element !== undefined && !isActive(element.verdict)) ||
        (element?.earlier ?? 0) >= resubmissions
      ) {
        if (element === undefined || !isActive(element.verdict)) hopeless.add(task.fingerprint)
        return false
      }
      return again
    })
  }

  private async outcome(open: readonly Task[], { byTask }: Observation): Promise<ExecutionOutcome> {
    const { store, plan } = this.context
    const ended = open.flatMap((task) => {
      const element = byTask.get(task.fingerprint)
      return element && element.verdict.state !== 'blocked' ? [{ task, element }] : []
    })
    const failures = await mapConcurrently(ended, 8, async ({ task, element }) => ({
      task,
      error: await failureOf(store, plan.manifest, task, element),
    }))
    for (const { task, error } of failures) this.listen({ type: 'failed', task, error })
    return { finished: this.finished.size, failures, not_started: open.length - failures.length }
  }
}
