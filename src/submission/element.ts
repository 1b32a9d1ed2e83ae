import type { Clock } from '../core/clock.js'
import { mapConcurrently } from '../core/concurrency.js'
import { PipelineError } from '../core/error.js'
import { asJson } from '../core/json.js'
import type { StoreSettings } from '../io/store/backends.js'
import type { Store } from '../io/store/store.js'
import type { Task } from '../planner/types.js'
import { recordKey } from '../runner/layout.js'
import { hasRecord } from '../runner/task/record.js'
import { scratchFolder } from '../runner/storage.js'
import { openResults } from '../runner/store-format.js'
import { clearScratch } from '../runner/task/scratch.js'
import { readElement } from './array-file.js'
import type { ArrayFile } from './array-shape.js'
import { claimTask } from './claim.js'
import type { MarkState } from './layout.js'
import { Marker } from './marker.js'
import { type Attempt, TaskWorker } from './task-worker.js'

export interface ElementRequest {
  readonly store: string
  readonly settings?: StoreSettings | undefined
  /** The id of the submission. */
  readonly folder: string
  readonly array: string
  readonly index: number
  /** 0 for the first attempt; one more each time the scheduler restarts the element. */
  readonly attempt: number
  readonly threads: number
  /**
   * Another machine runs the element and this one only helps: it writes no marks, no claims and no results.
   */
  readonly helps?: boolean | undefined
  /**
   * When the scheduler will ask this attempt to stop because of its time limit, in Unix milliseconds, if
   * known.
   */
  readonly stop_at_ms?: number | undefined
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly print: (line: string) => void
}

export interface ElementOutcome {
  readonly array: string
  readonly index: number
  readonly attempt: number
  /** Tasks that this attempt ran. */
  readonly executed: number
  /** Tasks that already had their records, or took over an equal result. */
  readonly found: number
}

/**
 * Runs an array element, on any scheduler: its tasks one after the other, in a worker process, so that this
 * parent survives to report a killed worker. Idempotent: tasks that have their records are skipped.
 */
export async function runElement(request: ElementRequest): Promise<ElementOutcome> {
  const { folder, array, index, attempt, clock } = request
  const store = await openResults(request.store, request.settings)
  const { file, tasks } = await readElement(store, folder, array, index)
  if (request.helps) return help(request, store, file, tasks)
  const marker = new Marker(store, clock, { folder, array, index, attempt })
  const worker = new TaskWorker(file.setup)
  const outcome = { executed: 0, found: 0 }
  await marker.beat({ tasks: tasks.length })
  await clearScratch(scratchFolder(file.setup))
  try {
    for (const task of tasks) await runOne(task, { request, store, file, marker, worker, outcome })
  } catch (thrown) {
    const resumes = tasks.some((task) => task.nondeterministic)
    const error = outOfTime(PipelineError.from(thrown), outcome.executed > 0 || resumes, request)
    await marker.end(markOf(error), asJson({ ...error.toJSON(), cause: undefined }))
    throw error
  } finally {
    await worker.close()
  }
  await marker.end(undefined)
  return { array, index, attempt, ...outcome }
}

/**
 * Runs the same tasks on a helping machine, whose processes work together with those of the main machine;
 * each task ends when its record exists. The outcome here does not matter, since the scheduler only
 * considers that of the main machine.
 */
async function help(
  request: ElementRequest,
  store: Store,
  file: ArrayFile,
  tasks: readonly Task[],
): Promise<ElementOutcome> {
  const { array, index, attempt, threads, signal, clock, print } = request
  const worker = new TaskWorker({ ...file.setup, discard: true })
  try {
    for (const task of tasks) {
      const isDone = () => hasRecord(store, task)
      if (await isDone()) continue
      await requireInputs(task, store, file.input_wait_seconds, request)
      print(`${task.stage}/${task.key}: helps`)
      await worker.run({ task, threads, signal, clock, alive: async () => !(await isDone()) })
    }
  } catch (thrown) {
    print(`stopped helping: ${PipelineError.from(thrown).message}`)
  } finally {
    await worker.close()
  }
  return { array, index, attempt, executed: 0, found: tasks.length }
}

interface ElementContext {
  readonly request: ElementRequest
  readonly store: Store
  readonly file: ArrayFile
  readonly marker: Marker
  readonly worker: TaskWorker
  readonly outcome: { executed: number; found: number }
}

async function runOne(
  task: Task,
  { request, store, file, marker, worker, outcome }: ElementContext,
): Promise<void> {
  const { clock, signal, print } = request
  const place = `${task.stage}/${task.key}`
  if (signal.aborted) throw stopped(place)
  const isDone = () => hasRecord(store, task)
  if (await isDone()) {
    outcome.found += 1
    return
  }
  await requireInputs(task, store, file.input_wait_seconds, request)
  const holder = { array: request.array, index: request.index, attempt: request.attempt }
  const claim = task.nondeterministic
    ? await claimTask(store, task.fingerprint, holder, { clock, signal, isDone })
    : undefined
  if (task.nondeterministic && !claim) {
    if (!(await isDone())) throw superseded(place)
    outcome.found += 1
    return
  }
  print(`${place}: starts`)
  const attempt: Attempt = {
    task,
    threads: request.threads,
    signal,
    clock,
    alive: async (words) => {
      await marker.beat({ task: place, ...words })
      return claim === undefined || (await claim.renew())
    },
  }
  const result = await worker.run(attempt)
  if (result === 'superseded') throw superseded(place)
  await claim?.release()
  if (result.adopted !== undefined) {
    outcome.found += 1
    print(`${place}: equal to ${result.adopted.slice(0, 12)}, whose result it uses`)
    return
  }
  outcome.executed += 1
  print(`${place}: done, ${result.rows_in} rows in, ${result.rows_out} out, ${result.seconds} s`)
}

/**
 * Waits for the records of the task's inputs. The scheduler's dependencies are not enough: they may be
 * dropped once it has forgotten a job.
 */
async function requireInputs(
  task: Task,
  store: Store,
  seconds: number,
  { clock, signal }: ElementRequest,
): Promise<void> {
  let missing = [...Object.values(task.takes).flat(), ...task.after]
  const until = clock.monotonic() + seconds * 1000
  for (;;) {
    const found = await mapConcurrently(missing, 16, (ref) => hasRecord(store, ref))
    missing = missing.filter((_, index) => !found[index])
    const first = missing[0]
    if (!first) return
    if (clock.monotonic() >= until) {
      throw new PipelineError({
        code: 'E_INPUTS_MISSING',
        message:
          `${missing.length === 1 ? 'an input' : `${missing.length} inputs`} of the task ` +
          `${missing.length === 1 ? 'is' : 'are'} not in the store`,
        place: `${task.stage}/${task.key}`,
        expected: recordKey(first.stage, first.fingerprint),
        found: `nothing after ${seconds} seconds`,
        hint:
          'the task that makes it failed or was lost: `coterie status` shows which; ' +
          '`coterie retry --failed` submits both again',
      })
    }
    await clock.sleep(Math.min(2000, seconds * 100 + 10), signal)
  }
}

/**
 * An attempt that reached its time limit without progress is not retried as it is: it would end the same
 * way.
 */
function outOfTime(
  error: PipelineError,
  progressed: boolean,
  { stop_at_ms, clock }: ElementRequest,
): PipelineError {
  const limit = stop_at_ms !== undefined && clock.now() > stop_at_ms - nearMilliseconds
  if (error.failure !== 'retry' || progressed || !limit) return error
  return new PipelineError({
    code: 'E_OUT_OF_TIME',
    message: 'the time limit was reached before the task finished',
    place: error.place,
    hint: '`coterie run` and `coterie retry --failed` request twice as much; `stages` in the profile sets it',
  })
}

/** Tolerance for clocks that differ within a cluster, and for schedulers that are not punctual. */
const nearMilliseconds = 60_000

const marks: { readonly [code: string]: Exclude<MarkState, 'running'> } = {
  E_INPUTS_MISSING: 'blocked',
  E_SUPERSEDED: 'superseded',
  E_OUT_OF_MEMORY: 'out-of-memory',
  E_OUT_OF_TIME: 'out-of-time',
}

function markOf({ code, failure }: PipelineError): Exclude<MarkState, 'running'> {
  return marks[code] ?? (failure === 'retry' ? 'stopped' : 'failed')
}

function stopped(place: string): PipelineError {
  return new PipelineError({
    code: 'E_STOPPED',
    failure: 'retry',
    message: 'the job was stopped before it finished',
    place,
    hint: 'it continues where it stopped when it is started again',
  })
}

function superseded(place: string): PipelineError {
  return new PipelineError({
    code: 'E_SUPERSEDED',
    failure: 'executor',
    message: 'a later attempt is working on this task, so this one has stopped',
    place,
  })
}
