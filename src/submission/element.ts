import type { Clock } from '../core/clock.js'
import { mapConcurrently } from '../core/concurrency.js'
import { PipelineError } from '../core/error.js'
import { asJson } from '../core/json.js'
import type { StoreSettings } from '../io/store/backends.js'
import { openStore } from '../io/store/open.js'
import type { Store } from '../io/store/store.js'
import type { Task } from '../planner/types.js'
import { recordKey } from '../runner/layout.js'
import { hasRecord } from '../runner/task/record.js'
import { scratchFolder } from '../runner/storage.js'
import { clearScratch } from '../runner/task/scratch.js'
import { readElement } from './array-file.js'
import type { ArrayFile } from './array-shape.js'
import { Claim } from './claim.js'
import type { MarkState } from './layout.js'
import { Marker } from './marker.js'
import { type Attempt, TaskWorker } from './task-worker.js'

export interface ElementRequest {
  readonly store: string
  readonly settings?: StoreSettings | undefined
  readonly manifest: string
  readonly array: string
  readonly index: number
  /** 0 for the first, one more for every time that the scheduler started the element again. */
  readonly attempt: number
  readonly threads: number
  /**
   * Another machine runs the element, and this one only helps: it leaves no marks, no claims and no results.
   */
  readonly helps?: boolean | undefined
  /**
   * When the scheduler will ask this attempt to stop because of its time limit, Unix milliseconds, where that
   * is known.
   */
  readonly stop_at_ms?: number | undefined
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly say: (line: string) => void
}

export interface ElementOutcome {
  readonly array: string
  readonly index: number
  readonly attempt: number
  /** Tasks that were run now, and tasks that had their records already. */
  readonly executed: number
  readonly found: number
}

/**
 * What an array element does, on whatever scheduler: its tasks one after the other, each in a worker process
 * of its own kind, so that a worker that is killed leaves somebody to say so. Idempotent: tasks that have
 * their records are left alone.
 */
export async function runElement(request: ElementRequest): Promise<ElementOutcome> {
  const { manifest, array, index, attempt, clock } = request
  const store = await openStore(request.store, request.settings)
  const { file, tasks } = await readElement(store, manifest, array, index)
  if (request.helps) return help(request, store, file, tasks)
  const marker = new Marker(store, clock, { manifest, array, index, attempt })
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
 * The same tasks, for nothing but what their processes do together with those of the main machine: each ends
 * when its record is there. How it ends here means nothing, since the scheduler asks for the end of the main
 * machine alone.
 */
async function help(
  request: ElementRequest,
  store: Store,
  file: ArrayFile,
  tasks: readonly Task[],
): Promise<ElementOutcome> {
  const { array, index, attempt, threads, signal, clock, say } = request
  const worker = new TaskWorker({ ...file.setup, discard: true })
  try {
    for (const task of tasks) {
      const isDone = () => hasRecord(store, task)
      if (await isDone()) continue
      await requireInputs(task, store, file.input_wait_seconds, request)
      say(`${task.stage}/${task.key}: helps`)
      await worker.run({ task, threads, signal, clock, alive: async () => !(await isDone()) })
    }
  } catch (thrown) {
    say(`stopped helping: ${PipelineError.from(thrown).message}`)
  } finally {
    await worker.close()
  }
  return { array, index, attempt, executed: 0, found: tasks.length }
}

interface Surroundings {
  readonly request: ElementRequest
  readonly store: Store
  readonly file: ArrayFile
  readonly marker: Marker
  readonly worker: TaskWorker
  readonly outcome: { executed: number; found: number }
}

async function runOne(
  task: Task,
  { request, store, file, marker, worker, outcome }: Surroundings,
): Promise<void> {
  const { clock, signal, say } = request
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
    ? await Claim.take(store, task.fingerprint, holder, { clock, signal, isDone })
    : undefined
  if (task.nondeterministic && !claim) {
    if (!(await isDone())) throw superseded(place)
    outcome.found += 1
    return
  }
  say(`${place}: starts`)
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
  outcome.executed += 1
  say(`${place}: done, ${result.rows_in} rows in, ${result.rows_out} out, ${result.seconds} s`)
}

/**
 * The queue's dependencies hold until a job that somebody waits for is forgotten: what is taken must really
 * be there.
 */
async function requireInputs(
  task: Task,
  store: Store,
  seconds: number,
  { clock, signal }: ElementRequest,
): Promise<void> {
  let absent = [...Object.values(task.takes).flat(), ...task.after]
  const until = clock.monotonic() + seconds * 1000
  for (;;) {
    const found = await mapConcurrently(absent, 16, (ref) => hasRecord(store, ref))
    absent = absent.filter((_, index) => !found[index])
    const first = absent[0]
    if (!first) return
    if (clock.monotonic() >= until) {
      throw new PipelineError({
        code: 'E_INPUTS_MISSING',
        message:
          `${absent.length === 1 ? 'a result' : `${absent.length} results`} that the ` +
          `task takes ${absent.length === 1 ? 'is' : 'are'} not in the store`,
        place: `${task.stage}/${task.key}`,
        expected: recordKey(first.stage, first.fingerprint),
        found: `nothing after ${seconds} seconds`,
        hint:
          'the task that makes it failed or was forgotten: `coterie status` says which; ' +
          '`coterie retry --failed` submits both again',
      })
    }
    await clock.sleep(Math.min(2000, seconds * 100 + 10), signal)
  }
}

/** Asked to stop because of its time limit before anything was done: the same again would end the same. */
function outOfTime(
  error: PipelineError,
  progressed: boolean,
  { stop_at_ms, clock }: ElementRequest,
): PipelineError {
  const limit = stop_at_ms !== undefined && clock.now() > stop_at_ms - nearMilliseconds
  if (error.failure !== 'retry' || progressed || !limit) return error
  return new PipelineError({
    code: 'E_OUT_OF_TIME',
    message: 'the time limit came before the task was done',
    place: error.place,
    hint: '`coterie run` and `coterie retry --failed` ask for twice as much; `stages` in the profile sets it',
  })
}

/** Clocks of a cluster and its scheduler's punctuality differ by so much. */
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
    message: 'the job was stopped before it was done',
    place,
    hint: 'it goes on where it was when it is started again',
  })
}

function superseded(place: string): PipelineError {
  return new PipelineError({
    code: 'E_SUPERSEDED',
    failure: 'executor',
    message: 'a later attempt works on this task, so that this one has stopped',
    place,
  })
}
