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
  /** Called every few seconds while the task runs; false: the attempt is to end at once. */
  readonly alive: (words: {
    rows_done: number
    rows_total: number | null
    detail: string | null
  }) => Promise<boolean>
}

const lookMilliseconds = 2000
const stopGraceMilliseconds = 20_000
const supersededGraceMilliseconds = 0
/** Deaths of a worker that mean memory: the kernel's killer, and V8 giving up. */
const memoryDeath = /SIGKILL|SIGABRT|code 134|code 137/

/** The worker process of an element; a new one takes the place of one that died. */
export class TaskWorker {
  private readonly setup: RunSetup
  private process: WorkerProcess | undefined

  constructor(setup: RunSetup) {
    this.setup = setup
  }

  /** Throws what the task threw; `E_OUT_OF_MEMORY` or `E_WORKER_DIED` where its process died. */
  async run({ task, threads, signal, clock, alive }: Attempt): Promise<TaskSummary | 'superseded'> {
    const worker = this.process?.alive ? this.process : new WorkerProcess(workerEntry(), this.setup)
    this.process = worker
    const words = { rows_done: 0, rows_total: null as number | null, detail: null as string | null }
    const watch = new AbortController()
    let overtaken = false
    const stop = () => worker.stop(stopGraceMilliseconds)
    signal.addEventListener('abort', stop, { once: true })
    const watching = (async () => {
      while (!watch.signal.aborted) {
        // What cannot be written now is written later: the task does not depend on it.
        if (!(await alive(words).catch(() => true))) {
          overtaken = true
          worker.stop(supersededGraceMilliseconds)
          return
        }
        await clock.sleep(lookMilliseconds, watch.signal).catch(() => {})
      }
    })()
    try {
      return await worker.run(task, threads, (done, total, detail) => {
        words.rows_done = done
        words.rows_total = total ?? null
        words.detail = detail ?? null
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
      message: 'the task was stopped before it was done',
      place,
    })
  if (memoryDeath.test(reason)) {
    return new PipelineError({
      code: 'E_OUT_OF_MEMORY',
      message: `the worker process died as one that runs out of memory does (${reason})`,
      place,
      hint:
        '`coterie run` and `coterie retry --failed` ask for twice as much; ' +
        '`stages` in the profile sets it',
    })
  }
  return new PipelineError({ code: 'E_WORKER_DIED', message: `the worker process died (${reason})`, place })
}
