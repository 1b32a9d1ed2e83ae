import type { Clock } from '../core/clock.js'
import { PipelineError } from '../core/error.js'
import { type TaskSummary, WorkerDied, WorkerProcess } from '../local-executor/worker-process.js'
import type { Task } from '../planner/types.js'
import type { RunSetup } from '../runner/storage.js'
import { workerEntry } from '../runner/run.js'

export interface Attempt {
  readonly task: Task
  readonly threads: number
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Called every few seconds while the task runs. If it returns false, the attempt ends at once. */
  readonly alive: (progress: {
    rows_done: number
    rows_total: number | null
    detail: string | null
  }) => Promise<boolean>
}

const pollMilliseconds = 2000
const stopGraceMilliseconds = 20_000
const supersededGraceMilliseconds = 0
/** Exits that mean out of memory: the kernel's OOM killer, and V8. */
const memoryDeath = /SIGKILL|SIGABRT|code 134|code 137/

/** The worker process of an element; a dead one is replaced. */
export class TaskWorker {
  private readonly setup: RunSetup
  private process: WorkerProcess | undefined

  constructor(setup: RunSetup) {
    this.setup = setup
  }

  /** Throws the task's error, or `E_OUT_OF_MEMORY` or `E_WORKER_DIED` if its process died. */
  async run({ task, threads, signal, clock, alive }: Attempt): Promise<TaskSummary | 'superseded'> {
    const worker = this.process?.alive ? this.process : new WorkerProcess(workerEntry(), this.setup)
    this.process = worker
    const progress = { rows_done: 0, rows_total: null as number | null, detail: null as string | null }
    const watch = new AbortController()
    let overtaken = false
    const stop = () => worker.stop(stopGraceMilliseconds)
    signal.addEventListener('abort', stop, { once: true })
    const watching = (async () => {
      while (!watch.signal.aborted) {
        // A report that fails is repeated by the next one: the task does not depend on it.
        if (!(await alive(progress).catch(() => true))) {
          overtaken = true
          worker.stop(supersededGraceMilliseconds)
          return
        }
        await clock.sleep(pollMilliseconds, watch.signal).catch(() => {})
      }
    })()
    try {
      return await worker.run(task, threads, (done, total, detail) => {
        progress.rows_done = done
        progress.rows_total = total ?? null
        progress.detail = detail ?? null
      })
    } catch (error) {
      if (overtaken) return 'superseded'
      throw error instanceof WorkerDied ? died(task, error.message, signal.aborted) : error
    } finally {
      watch.abort()
      await watching
      signal.removeEventListener('abort', stop)
    }
  }

  async close(): Promise<void> {
    await this.process?.close()
  }
}

function died(task: Task, reason: string, stopped: boolean): PipelineError {
  const place = `${task.stage}/${task.key}`
  if (stopped)
    return new PipelineError({
      code: 'E_STOPPED',
      failure: 'retry',
      message: 'the task was stopped before it finished',
      place,
    })
  if (memoryDeath.test(reason)) {
    return new PipelineError({
      code: 'E_OUT_OF_MEMORY',
      message: `the worker process probably ran out of memory (${reason})`,
      place,
      hint:
        '`coterie run` and `coterie retry --failed` request twice as much; ' +
        'set it with `stages` in the profile',
    })
  }
  return new PipelineError({ code: 'E_WORKER_DIED', message: `the worker process died (${reason})`, place })
}
