import { mapConcurrently } from '../core/concurrency.js'
import { systemClock } from '../core/clock.js'
import type { RunTask } from '../planner/types.js'
import { finishedTasks } from '../runner/finished-tasks.js'
import type { RunBy } from '../runner/owner.js'
import { registerEnded } from '../runner/snapshots/submitted.js'
import { openStorage } from '../runner/storage.js'
import type { Recalled } from '../runner/recall.js'
import { type RunStatus, statusOf } from '../runner/status.js'
import { runsLocally } from '../schedulers/table.js'
import { ofThisHost } from './chosen.js'
import { failureOf } from './failure.js'
import type { ElementVerdict } from './judge.js'
import { type Ledger, ledgerOf, readLedger } from './ledger.js'
import { observeElements } from './observe.js'
import { openScheduler } from './open-scheduler.js'
import { doneOf, type ListedSubmission, listedSubmission, otherSubmissions } from './others.js'
import { type RunningTask, runningTasks } from './running.js'
import { submissionsNamed } from './submissions.js'
import { submittedTasks } from './submitted-tasks.js'
import { type WaitingElements, waitingElements } from './waiting.js'

type State = ElementVerdict['state']

/** `status --json` of a run of which nothing was submitted. */
export interface StoredStatus extends RunStatus {
  /** Submissions in this store that are not over and belong to other manifests, users or hosts. */
  readonly other_submissions: readonly ListedSubmission[]
}

/** `status --json` of a submitted run. */
export interface SubmittedStatus extends StoredStatus {
  /** The submissions that this is about, oldest first. */
  readonly submissions: readonly ListedSubmission[]
  /** Tasks by stage and state; tasks that were never submitted appear only in `stages`, as `pending`. */
  readonly submitted: readonly {
    readonly stage: string
    readonly states: { readonly [state in State]?: number }
  }[]
  /** The first tasks that will not succeed by themselves. */
  readonly failures: readonly {
    readonly task: string
    readonly state: State
    readonly code: string
    readonly message: string
    readonly job: string | null
    readonly index: number
  }[]
  readonly failed: number
  /** Why elements wait, in the scheduler's words; without those that only wait for other jobs. */
  readonly waiting: readonly WaitingElements[]
  /**
   * The first running tasks, with the progress that their elements last reported (at most once a minute).
   */
  readonly running: readonly RunningTask[]
  /** False if the scheduler was not queried (no profile) or did not answer. */
  readonly scheduler_asked: boolean
  readonly scheduler_error: string | null
}

const maxFailuresShown = 20

/**
 * The status of a run from store and queue; from the store alone if this user submitted nothing for the
 * manifest. If several hosts did, this is about the submissions of this host.
 */
export async function submittedStatus(
  prepared: Recalled,
  by: RunBy,
): Promise<StoredStatus | SubmittedStatus> {
  const { store } = await openStorage(prepared.setup)
  const own = await readLedger(store, by, prepared.plan.manifest)
  const ledger = ofThisHost(own, by, prepared.done)
  const status = await statusWith(prepared, ledger)
  const shown = new Set(ledger.arrays.map(({ submission }) => submission.id))
  return { ...status, other_submissions: await otherSubmissions(store, shown, systemClock) }
}

/** The status of the submissions with these ids, whoever made them. Throws `E_UNKNOWN_SUBMISSION`. */
export async function statusOfSubmissions(
  run: Submitted,
  ids: readonly string[],
): Promise<StoredStatus | SubmittedStatus> {
  const { store } = await openStorage(run.setup)
  const status = await statusOfLedger(run, await ledgerOf(store, await submissionsNamed(store, ids)))
  return { ...status, other_submissions: [] }
}

/**
 * The status of what this user submitted for a manifest that cannot be planned now, because its inputs are
 * gone or its plugins are not loaded. Undefined if nothing was submitted.
 */
export async function statusWithoutPlan(
  run: Submitted,
  by: RunBy,
  name: string,
): Promise<StoredStatus | SubmittedStatus | undefined> {
  const { store } = await openStorage(run.setup)
  const own = await readLedger(store, by, name)
  const ledger = ofThisHost(own, by, await doneOf(store, own.arrays))
  if (ledger.arrays.length === 0) return undefined
  const shown = new Set(ledger.arrays.map(({ submission }) => submission.id))
  const other_submissions = await otherSubmissions(store, shown, systemClock)
  return { ...(await statusOfLedger(run, ledger)), other_submissions }
}

type Submitted = Pick<Recalled, 'setup' | 'profile' | 'schedulers'>

async function statusOfLedger({ setup, profile, schedulers }: Submitted, ledger: Ledger) {
  const { store } = await openStorage(setup)
  const plan = await submittedTasks(store, ledger)
  const done = await finishedTasks(store, plan)
  return statusWith({ plan, setup, profile, schedulers, done }, ledger)
}

async function statusWith(
  prepared: Recalled,
  ledger: Ledger,
): Promise<RunStatus | Omit<SubmittedStatus, 'other_submissions'>> {
  const base = await statusOf(prepared)
  if (ledger.arrays.length === 0) return base
  const { store } = await openStorage(prepared.setup)
  const { plan, profile, done } = prepared
  // Who first sees the end of a submitted run registers it; who may not write to the store only looks.
  if (base.complete) await registerEnded(store, systemClock).catch(() => {})
  const asked = !runsLocally(profile)
  const { byTask, elements, unreachable } = await observeElements({
    store,
    plan,
    ledger,
    done,
    scheduler: asked ? await openScheduler(profile, store.uri, prepared.schedulers) : undefined,
    clock: systemClock,
    grace_seconds: profile?.jobs.grace_seconds ?? 0,
  })
  const submitted = plan.stages.map((stage) => {
    const states: { [state in State]?: number } = {}
    for (const task of stage.tasks) {
      const state = done.has(task.fingerprint) ? 'succeeded' : byTask.get(task.fingerprint)?.verdict.state
      if (state) states[state] = (states[state] ?? 0) + 1
    }
    return { stage: stage.node, states }
  })
  const ended = plan.stages
    .flatMap((stage) => stage.tasks)
    .flatMap((task): { task: RunTask; element: NonNullable<ReturnType<typeof byTask.get>> }[] => {
      const element = byTask.get(task.fingerprint)
      return element &&
        !done.has(task.fingerprint) &&
        ['failed', 'lost', 'cancelled', 'blocked'].includes(element.verdict.state)
        ? [{ task, element }]
        : []
    })
  const failures = await mapConcurrently(ended.slice(0, maxFailuresShown), 8, async ({ task, element }) => {
    const { code, message } = await failureOf(store, task, element)
    return {
      task: `${task.node}/${task.key}`,
      state: element.verdict.state,
      code,
      message,
      job: element.array.job ?? null,
      index: element.index,
    }
  })
  return {
    ...base,
    stages: base.stages.map((stage, index) => {
      const { running, ...states } = submitted[index]?.states ?? {}
      if (running) return { ...stage, state: 'running' as const }
      // A process that only follows the jobs is no sign that one of them runs.
      const known = Object.values(states).reduce((sum, tasks) => sum + tasks, 0)
      return stage.state === 'running' && known === stage.tasks
        ? { ...stage, state: 'pending' as const }
        : stage
    }),
    submissions: [...new Set(ledger.arrays.map(({ submission }) => submission))].map(listedSubmission),
    submitted,
    failures,
    failed: ended.length,
    waiting: waitingElements(elements),
    running: await runningTasks(store, elements, systemClock),
    scheduler_asked: asked && !unreachable,
    scheduler_error: unreachable?.found ?? null,
  }
}
