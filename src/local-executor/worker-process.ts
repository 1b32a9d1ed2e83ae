import { type ChildProcess, fork } from 'node:child_process'
import { PipelineError, type PipelineErrorParts } from '../core/error.js'
import type { Task } from '../planner/types.js'

/** Messages to a worker. `setup` is opaque here: the runner's settings, the same for every worker. */
export type ToWorker =
  | { readonly type: 'setup'; readonly setup: unknown }
  | { readonly type: 'run'; readonly task: Task; readonly threads: number }
  | { readonly type: 'stop' }

/** Messages from a worker. Results go through the store. */
export type FromWorker =
  | {
      readonly type: 'progress'
      readonly rows_done: number
      readonly rows_total?: number | undefined
      readonly detail?: string | undefined
    }
  | { readonly type: 'done'; readonly summary: TaskSummary }
  | { readonly type: 'failed'; readonly error: PipelineErrorParts }

export interface TaskSummary {
  readonly rows_in: number
  readonly rows_out: number
  readonly dropped: { readonly [reason: string]: number }
  readonly seconds: number
  /** Fingerprint of the task whose equal result it took over instead of running. */
  readonly adopted?: string | undefined
}

type ProgressListener = (done: number, total: number | undefined, detail: string | undefined) => void

/**
 * The worker process ended during a task: it was killed, ran out of memory, or a native library crashed.
 */
export class WorkerDied extends Error {}

/** A child process that runs one task at a time. Its onnxruntime sessions live as long as the process. */
export class WorkerProcess {
  private readonly child: ChildProcess
  private current:
    | { progress: ProgressListener; resolve: (summary: TaskSummary) => void; reject: (error: Error) => void }
    | undefined
  private ended: string | undefined

  constructor(entry: URL, setup: unknown) {
    this.child = fork(entry, [], {
      // Standard output is for results: what a stage prints goes to standard error.
      stdio: ['ignore', 2, 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    this.child.on('message', (message) => this.receive(message as FromWorker))
    this.child.on('exit', (code, signal) => this.end(signal ? `killed by ${signal}` : `exit code ${code}`))
    this.child.on('error', (error) => this.end(error.message))
    this.send({ type: 'setup', setup })
  }

  get alive(): boolean {
    return this.ended === undefined
  }

  run(task: Task, threads: number, progress: ProgressListener): Promise<TaskSummary> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) return reject(new WorkerDied(this.ended))
      this.current = { progress, resolve, reject }
      this.send({ type: 'run', task, threads })
    })
  }

  /** Asks the task to stop, and kills the process if it has not stopped within the grace time. */
  stop(graceMilliseconds: number): void {
    if (this.ended !== undefined) return
    this.send({ type: 'stop' })
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMilliseconds)
    timer.unref()
  }

  async close(): Promise<void> {
    if (this.ended !== undefined) return
    const gone = new Promise<void>((resolve) => this.child.once('exit', () => resolve()))
    this.child.disconnect()
    await gone
  }

  private send(message: ToWorker): void {
    if (this.child.connected) this.child.send(message, () => {})
  }

  private receive(message: FromWorker): void {
    const current = this.current
    if (!current) return
    if (message.type === 'progress')
      return current.progress(message.rows_done, message.rows_total, message.detail)
    this.current = undefined
    if (message.type === 'done') current.resolve(message.summary)
    else current.reject(new PipelineError(message.error))
  }

  private end(reason: string): void {
    this.ended ??= reason
    this.current?.reject(new WorkerDied(reason))
    this.current = undefined
  }
}
