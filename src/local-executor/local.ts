import { type Clock, systemClock } from '../core/clock.js'
import { PipelineError } from '../core/error.js'
import type { Task, TaskRef } from '../planner/types.js'
import type { ExecutionOutcome, Executor, Listener } from './executor.js'
import { TaskQueue } from './queue.js'
import { WorkerDied, WorkerProcess } from './worker-process.js'

export interface LocalOptions {
  readonly workers: number
  /** The module that worker processes run. */
  readonly entry: URL
  /** After a failure, go on with the tasks that do not need the failed one. */
  readonly keep_going: boolean
  /** Passed to every worker unchanged. */
  readonly setup: unknown
  /** Waits between repetitions; the system's clock by default. */
  readonly clock?: Clock | undefined
}

/**
 * How often a task is retried in a new worker after its worker died. More would only hide a poisoned task.
 */
const maxRetriesAfterDeath = 2
/** How long is waited before each repetition of a task that ended with a temporary error. */
const repeatAfterMilliseconds = [5_000, 30_000, 120_000]
const stopGraceMilliseconds = 5_000

/** A pool of worker processes on this machine. */
export function localExecutor(options: LocalOptions): Executor {
  return { execute: (tasks, run) => new Pool(options, tasks, run.signal, run.listen).drain() }
}

class Pool {
  private readonly queue: TaskQueue
  private readonly order: ReadonlyMap<string, number>
  private readonly idle: WorkerProcess[] = []
  private readonly all = new Set<WorkerProcess>()
  private readonly failures: { task: TaskRef; error: PipelineError }[] = []
  private running = 0
  private finished = 0
  private resolve: () => void = () => {}
  private readonly options: LocalOptions
  private readonly signal: AbortSignal
  private readonly listen: Listener

  constructor(options: LocalOptions, tasks: readonly Task[], signal: AbortSignal, listen: Listener) {
    this.options = options
    this.signal = signal
    this.listen = listen
    this.queue = new TaskQueue(tasks)
    this.order = new Map(tasks.map((task, at) => [task.fingerprint, at]))
  }

  async drain(): Promise<ExecutionOutcome> {
    const stop = () => {
      for (const worker of this.all) worker.stop(stopGraceMilliseconds)
    }
    this.signal.addEventListener('abort', stop, { once: true })
    await new Promise<void>((resolve) => {
      this.resolve = resolve
      this.fill()
    })
    this.signal.removeEventListener('abort', stop)
    await Promise.all([...this.all].map((worker) => worker.close()))
    // In the order of the plan, whichever failed first.
    const at = ({ task }: { task: TaskRef }) => this.order.get(task.fingerprint) ?? 0
    this.failures.sort((a, b) => at(a) - at(b))
    return { finished: this.finished, failures: this.failures, not_started: this.queue.left }
  }

  /** Starts tasks while there are free workers. */
  private fill(): void {
    const goesOn = this.options.keep_going || this.failures.length === 0
    while (goesOn && this.running < this.options.workers && !this.signal.aborted) {
      const task = this.queue.take()
      if (!task) break
      this.running += 1
      void this.attempt(task, { deaths: 0, repeats: 0 })
    }
    if (this.running === 0) this.resolve()
  }

  private async attempt(task: Task, before: { deaths: number; repeats: number }): Promise<void> {
    const { deaths, repeats } = before
    const worker = this.idle.pop() ?? this.spawn()
    const threads = task.exclusive ? this.options.workers : 1
    if (deaths + repeats === 0) this.listen({ type: 'started', task })
    try {
      const summary = await worker.run(task, threads, (rows_done, rows_total, detail) =>
        this.listen({ type: 'progress', task, rows_done, rows_total, detail }),
      )
      this.finished += 1
      this.listen({ type: 'finished', task, ...summary })
      this.queue.finished(task)
    } catch (thrown) {
      if (thrown instanceof WorkerDied && deaths < maxRetriesAfterDeath && !this.signal.aborted) {
        this.all.delete(worker)
        this.listen({ type: 'retried', task, reason: thrown.message })
        return this.attempt(task, { deaths: deaths + 1, repeats })
      }
      const error =
        thrown instanceof WorkerDied
          ? died(task, thrown.message, this.signal.aborted)
          : PipelineError.from(thrown)
      if (error.temporary && repeats < repeatAfterMilliseconds.length && !this.signal.aborted) {
        if (worker.alive) this.idle.push(worker)
        else this.all.delete(worker)
        this.listen({ type: 'retried', task, reason: error.message })
        await this.wait(repeatAfterMilliseconds[repeats] as number)
        return this.attempt(task, { deaths, repeats: repeats + 1 })
      }
      const last = triedOften(error, deaths + repeats + 1)
      this.failures.push({ task, error: last })
      this.listen({ type: 'failed', task, error: last })
      this.queue.failed(task)
    }
    if (worker.alive) this.idle.push(worker)
    else this.all.delete(worker)
    this.running -= 1
    this.fill()
  }

  /** Waits; a stop ends it early. */
  private async wait(milliseconds: number): Promise<void> {
    await (this.options.clock ?? systemClock).sleep(milliseconds, this.signal).catch(() => {})
  }

  private spawn(): WorkerProcess {
    const worker = new WorkerProcess(this.options.entry, this.options.setup)
    this.all.add(worker)
    return worker
  }
}

/** The error of the last attempt, which says how many there were; one of the worker's death does already. */
function triedOften(error: PipelineError, attempts: number): PipelineError {
  if (attempts === 1 || error.code === 'E_WORKER_DIED') return error
  return new PipelineError({ ...error.toJSON(), message: `${error.message} (tried ${attempts} times)` })
}

function died(task: Task, reason: string, stopped: boolean): PipelineError {
  const place = `${task.stage}/${task.key}`
  if (stopped)
    return new PipelineError({
      code: 'E_STOPPED',
      failure: 'retry',
      message: 'the task was stopped before it finished',
      place,
      hint: 'run again to continue',
    })
  return new PipelineError({
    code: 'E_WORKER_DIED',
    message: `the worker process died ${maxRetriesAfterDeath + 1} times on the same task (${reason})`,
    place,
    hint:
      'SIGKILL usually means out of memory: use fewer workers (`--workers`) ' +
      'or a machine with more memory',
  })
}
