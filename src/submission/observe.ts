import type { Clock } from '../core/clock.js'
import type { PipelineError } from '../core/error.js'
import { mapConcurrently } from '../core/concurrency.js'
import { maxOf } from '../core/extremes.js'
import type { Store } from '../io/store/store.js'
import type { RunTasks } from '../planner/types.js'
import { hasRecord } from '../runner/task/record.js'
import type { ElementState, Scheduler, SubmittedJob } from '../schedulers/scheduler.js'
import { type ElementVerdict, judge } from './judge.js'
import { type Mark, markKey } from './layout.js'
import type { Ledger, LedgerArray } from './ledger.js'

export interface ObservedElement {
  readonly array: LedgerArray
  readonly index: number
  verdict: ElementVerdict
  /** Number of earlier submissions of the same task. */
  readonly earlier: number
}

export interface Observation {
  /** Fingerprint → the latest element submitted for the task. */
  readonly byTask: ReadonlyMap<string, ObservedElement>
  readonly elements: readonly ObservedElement[]
  /** Fingerprints of tasks that have their records, including those that finished meanwhile. */
  readonly done: ReadonlySet<string>
  /** Set if the scheduler did not answer; verdicts then rely on the store alone. */
  readonly unreachable: PipelineError | undefined
}

export interface ObserveRequest {
  readonly store: Store
  readonly plan: RunTasks
  readonly ledger: Ledger
  /** Fingerprints of tasks that have their records, listed before the scheduler is queried. */
  readonly done: ReadonlySet<string>
  /** Undefined: only the store is queried. */
  readonly scheduler: Scheduler | undefined
  readonly clock: Clock
  readonly grace_seconds: number
}

/** Combines records, marks and the queue: one query of the scheduler, for any number of jobs. */
export async function observeElements({
  store,
  plan,
  ledger,
  done: before,
  scheduler,
  clock,
  grace_seconds,
}: ObserveRequest): Promise<Observation> {
  const open = ledger.arrays.filter(
    (array) => !array.members.every((element) => element.every((id) => before.has(id))),
  )
  const jobs = open.flatMap(({ job: id, name, size, submission }): SubmittedJob[] =>
    id === undefined || submission.scheduler !== scheduler?.kind ? [] : [{ id, name, size }],
  )
  const { states, unreachable } = await queryStates(scheduler, jobs)
  const done =
    unreachable || !scheduler
      ? before
      : new Set([...before, ...(await finishedMeanwhile(store, plan, open, before, states))])
  const now = clock.now()
  const byTask = new Map<string, ObservedElement>()
  const elements: ObservedElement[] = []
  for (const array of ledger.arrays) {
    const marks = byIndex(array.marks)
    const fromQueue = array.job === undefined ? undefined : states.get(array.job)
    for (const [index, members] of array.members.entries()) {
      const verdict = judge({
        done: members.every((id) => done.has(id)),
        scheduler: fromQueue?.get(index),
        unasked: scheduler === undefined || unreachable !== undefined,
        marks: marks.get(index) ?? [],
        cancelled: array.cancelled_ms !== undefined || array.refused !== undefined,
        cancelled_ms: array.cancelled_ms,
        submitted_ms: array.submission.created_ms,
        now_ms: now,
        grace_ms: grace_seconds * 1000,
      })
      const earlier =
        1 +
        maxOf(
          members.map((id) => byTask.get(id)?.earlier ?? -1),
          -1,
        )
      const element: ObservedElement = { array, index, verdict, earlier }
      elements.push(element)
      for (const id of members) byTask.set(id, element)
    }
  }
  await explainSilentEnds(scheduler, elements)
  await remember(store, elements)
  return { byTask, elements, done, unreachable }
}

/**
 * Tasks that finished after the records were listed: the queue reports their jobs as ended, or no longer
 * knows them, and they would look lost. Only such tasks are looked up again.
 */
async function finishedMeanwhile(
  store: Store,
  plan: RunTasks,
  open: readonly LedgerArray[],
  before: ReadonlySet<string>,
  states: ReadonlyMap<string, ReadonlyMap<number, ElementState>>,
): Promise<string[]> {
  const over = open.flatMap(({ job, members }) =>
    members.flatMap((ids, index) => {
      if (job === undefined) return []
      const state = states.get(job)?.get(index)?.state
      return state === 'pending' || state === 'running' ? [] : ids.filter((id) => !before.has(id))
    }),
  )
  if (over.length === 0) return []
  const stages = new Map(
    plan.stages.flatMap(({ tasks }) => tasks.map(({ fingerprint, stage }) => [fingerprint, stage])),
  )
  const found = await mapConcurrently(over, 32, async (fingerprint) => {
    const stage = stages.get(fingerprint)
    return stage !== undefined && (await hasRecord(store, { stage, fingerprint })) ? [fingerprint] : []
  })
  return found.flat()
}

function byIndex(marks: readonly Mark[]): Map<number, Mark[]> {
  const grouped = new Map<number, Mark[]>()
  for (const mark of marks) {
    const list = grouped.get(mark.index)
    if (list) list.push(mark)
    else grouped.set(mark.index, [mark])
  }
  return grouped
}

async function queryStates(
  scheduler: Scheduler | undefined,
  jobs: readonly SubmittedJob[],
): Promise<{
  states: ReadonlyMap<string, ReadonlyMap<number, ElementState>>
  unreachable?: PipelineError | undefined
}> {
  if (!scheduler || jobs.length === 0) return { states: new Map() }
  try {
    return { states: await scheduler.states(jobs) }
  } catch (error) {
    // Nobody answers, or not to these credentials: the store is all there is for now.
    if (['E_SCHEDULER_UNREACHABLE', 'E_CREDENTIALS_EXPIRED'].includes((error as PipelineError).code))
      return { states: new Map(), unreachable: error as PipelineError }
    throw error
  }
}

const memoryWords = /exceeded (?:job|step) memory limit|oom.?kill|out of memory/i
const killedWords = /ended with exit code (?:12[89]|1[3-9]\d|2\d\d)/

/**
 * An element that ended without a mark was killed as a whole, or never started Coterie. Queues report badly
 * which of the two, and whether memory was the cause; the end of its output shows it.
 */
async function explainSilentEnds(
  scheduler: Scheduler | undefined,
  elements: readonly ObservedElement[],
): Promise<void> {
  if (!scheduler) return
  const silent = elements.filter(
    ({ verdict: { state, cause, mark } }) =>
      state === 'failed' &&
      (cause === 'exit' || cause === 'signal') &&
      (mark === undefined || mark.state === 'running'),
  )
  await mapConcurrently(silent, 16, async (element) => {
    const { array, index, verdict } = element
    const output =
      array.job === undefined
        ? undefined
        : await scheduler
            .logs({ id: array.job, name: array.name, size: array.size }, index, 20)
            .catch(() => undefined)
    if (output === undefined) return
    if (memoryWords.test(output)) element.verdict = { ...verdict, cause: 'out_of_memory' }
    else if (verdict.mark || killedWords.test(output)) element.verdict = { ...verdict, cause: 'signal' }
  })
}

/** Records that an element needs more memory or time, since the scheduler forgets how a job ended. */
async function remember(store: Store, elements: readonly ObservedElement[]): Promise<void> {
  const news = elements.flatMap(({ array, index, verdict: { cause, mark } }) => {
    const state =
      cause === 'out_of_memory'
        ? ('out-of-memory' as const)
        : cause === 'time_limit'
          ? ('out-of-time' as const)
          : undefined
    if (state === undefined || mark?.state === state) return []
    return [markKey(array.submission.folder, array.name, { index, attempt: (mark?.attempt ?? 0) + 1, state })]
  })
  await mapConcurrently(news, 16, (key) => store.create(key, Buffer.from('{}\n')))
}
