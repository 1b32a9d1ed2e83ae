import { randomBytes } from 'node:crypto'
import { mapConcurrently } from '../core/concurrency.js'
import { sha256 } from '../core/digest.js'
import { PipelineError } from '../core/error.js'
import type { Task } from '../planner/types.js'
import { finishedTasks } from '../runner/finished-tasks.js'
import { endOfDeletion } from '../runner/snapshots/running.js'
import { registerSubmitted } from '../runner/snapshots/submitted.js'
import type { SubmittedJob } from '../schedulers/scheduler.js'
import { planSubmission } from './arrays/plan.js'
import type { ActiveJob, PlannedArray } from './arrays/types.js'
import { sourcesOf } from './arrays/waves.js'
import { writeArray } from './array-file.js'
import { ofThisHost } from './chosen.js'
import type { SubmissionContext } from './context.js'
import { deliver } from './deliver.js'
import { isActive } from './judge.js'
import { type Ledger, readLedger } from './ledger.js'
import { type Observation, observeElements } from './observe.js'
import { resourcesFor, type Shortages } from './resources.js'
import type { Submission, SubmissionArray } from './submission.js'
import { createSubmission } from './submissions.js'

export interface SubmitOutcome {
  /** Undefined if there was nothing to submit. */
  readonly submission: Submission | undefined
  /** Tasks that were submitted by this call. */
  readonly submitted: number
  /** Tasks that jobs of earlier submissions work on. */
  readonly active: number
  readonly done: number
  /** Remaining tasks: not chosen, or to be submitted later. */
  readonly left: number
}

/** Chooses the tasks to submit among those that have no result and no job. */
export type Choose = (missing: readonly Task[], observation: Observation) => readonly Task[]

/**
 * Submits the tasks that have no result and no job. Safe to repeat and to race: a submission is written
 * create-once under the next number, so only one of two processes that planned the same work proceeds. A
 * later process first finishes the submission that an earlier one began.
 */
export async function submitMissing(
  context: SubmissionContext,
  choose: Choose = (missing) => missing,
): Promise<SubmitOutcome> {
  const { by, also, plan, until, store, scheduler, clock } = context
  const id = randomBytes(4).toString('hex')
  const limits = await scheduler.limits()
  // The jobs go on when this process ends, so that a claim of its own would not protect what they rely on.
  await registerSubmitted(store, by, { ...plan, until })
  await endOfDeletion(store, clock)
  for (;;) {
    const delivered = await deliver(context, await readLedger(store, by, plan.manifest, also))
    const observation = await observeElements({
      store,
      plan,
      ledger: delivered,
      done: await finishedTasks(store, plan),
      scheduler,
      clock: context.clock,
      grace_seconds: context.profile.jobs.grace_seconds,
    })
    if (observation.unreachable) throw observation.unreachable
    await clearStuck(context, observation, delivered)
    const { done } = observation
    const open = plan.stages.flatMap((stage) => stage.tasks).filter((task) => !done.has(task.fingerprint))
    const active = activeJobs(observation)
    const missing = open.filter((task) => !active.has(task.fingerprint))
    const chosen = withoutOrphans(missing, choose(missing, observation), active)
    const shortages = shortagesOf(delivered)
    const { arrays, held_back } = planSubmission({
      tasks: chosen,
      active,
      limits,
      element_seconds: context.profile.jobs.element_minutes * 60,
      resources: (elements) => resourcesFor(context.profile, elements, shortages),
    })
    const counted = {
      active: open.length - missing.length,
      done: done.size,
      left: missing.length - chosen.length + held_back.length,
    }
    if (arrays.length === 0) return { submission: undefined, submitted: 0, ...counted }
    const submission = describe(context, arrays, { id, number: delivered.next })
    await writeArrays(context, submission, arrays)
    // Lost the race for the number: another process has submitted meanwhile, so start over.
    if (!(await createSubmission(store, by, submission))) continue
    await deliver(context, await readLedger(store, by, plan.manifest, also))
    return { submission, submitted: chosen.length - held_back.length, ...counted }
  }
}

/** Cancels jobs that will never end: new jobs may have to wait for their end. */
async function clearStuck(
  { scheduler, by, also = [] }: SubmissionContext,
  { elements, done }: Observation,
  ledger: Ledger,
): Promise<void> {
  const stuck = new Map<string, SubmittedJob & { indices: number[] }>()
  const named = new Set(also.map(({ id }) => id))
  const own = new Set(
    ofThisHost(ledger, by, done).arrays.flatMap(({ name, submission: { id, manifest } }) =>
      manifest !== null || named.has(id) ? [name] : [],
    ),
  )
  for (const { array, index, verdict } of elements) {
    if (!verdict.stuck || array.job === undefined || !own.has(array.name)) continue
    const job = stuck.get(array.name) ?? { id: array.job, name: array.name, size: array.size, indices: [] }
    job.indices.push(index)
    stuck.set(array.name, job)
  }
  if (stuck.size > 0) await scheduler.cancel([...stuck.values()])
}

function activeJobs({ byTask, elements }: Observation): Map<string, ActiveJob> {
  const failing = new Set(
    elements
      .filter(({ verdict }) => !isActive(verdict) && verdict.state !== 'succeeded')
      .map(({ array }) => array.job),
  )
  const active = new Map<string, ActiveJob>()
  for (const [fingerprint, { array, verdict }] of byTask) {
    if (array.job !== undefined && isActive(verdict))
      active.set(fingerprint, { id: array.job, size: array.size, failing: failing.has(array.job) })
  }
  return active
}

/** Keeps the tasks whose inputs all exist, are being made, or are submitted as well. */
function withoutOrphans(
  missing: readonly Task[],
  chosen: readonly Task[],
  active: ReadonlyMap<string, unknown>,
): Task[] {
  const absent = new Set(missing.map((task) => task.fingerprint))
  const kept = new Set<string>()
  return chosen.filter((task) => {
    const possible =
      task.adopted !== true &&
      sourcesOf(task).every((id) => !absent.has(id) || kept.has(id) || active.has(id))
    if (possible) kept.add(task.fingerprint)
    return possible
  })
}

function shortagesOf({ arrays }: Ledger): Shortages {
  const memory = new Map<string, number>()
  const time = new Map<string, number>()
  for (const { marks, members } of arrays) {
    for (const { index, state } of marks) {
      const counts = state === 'out-of-memory' ? memory : state === 'out-of-time' ? time : undefined
      if (counts) for (const id of members[index] ?? []) counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  }
  return { memory, time }
}

function describe(
  { by, plan, store, scheduler, clock }: SubmissionContext,
  arrays: readonly PlannedArray[],
  { id, number }: { readonly id: string; readonly number: number },
): Submission {
  const names = arrays.map((array, position) => {
    const fingerprints = array.elements
      .map((element) => element.map((task) => task.fingerprint).join(' '))
      .join('\n')
    const digest = sha256([store.uri, id, number, position, fingerprints].join('\n')).slice(0, 12)
    return `${plan.manifest.slice(0, 40)}-${array.node.slice(0, 24)}-${number}-${digest}`
  })
  return {
    id,
    folder: id,
    number,
    created_ms: clock.now(),
    name: plan.manifest,
    ...by,
    scheduler: scheduler.kind,
    arrays: arrays.map((array, position): SubmissionArray => ({
      name: names[position] as string,
      node: array.node,
      stage: array.stage,
      size: array.elements.length,
      tasks: array.elements.reduce((sum, element) => sum + element.length, 0),
      resources: array.resources,
      after: array.after.map((one) =>
        'array' in one
          ? { array: names[one.array] as string, kind: one.kind }
          : { job: one.job.id, size: one.job.size, kind: one.kind },
      ),
    })),
  }
}

async function writeArrays(
  { plan, store, setup, profile }: SubmissionContext,
  submission: Submission,
  arrays: readonly PlannedArray[],
): Promise<void> {
  await mapConcurrently(arrays, 4, async (array, position) => {
    const name = submission.arrays[position]?.name
    if (name === undefined)
      throw new PipelineError({
        code: 'E_SUBMISSION',
        message: 'a submission has fewer arrays than were planned',
      })
    await writeArray(
      store,
      submission.folder,
      { manifest: plan.manifest, name, setup, input_wait_seconds: profile.jobs.input_wait_seconds },
      array.elements,
    )
  })
}
