import { parseJson } from '../core/parse-json.js'
import { number, object, text } from '../core/shape.js'
import { processSpace } from '../core/process-space.js'
import { PipelineError } from '../core/error.js'
import { isAlive } from '../runner/task/scratch.js'
import { settingsToEnvironment } from '../io/store/settings.js'
import type { ArrayJob, JobDependency } from '../schedulers/scheduler.js'
import { jobKey, overKey, refusedKey, tryKey } from './layout.js'
import type { Ledger, LedgerArray } from './ledger.js'
import type { SubmissionContext } from './context.js'

/** How often an array is submitted if each answer is lost and no job of its name is found. */
const maxTries = 5

/**
 * Submits every array of the ledger that has no job yet, and records its id. A submitter first marks the
 * array as begun, create-once; an array that was begun but has no id is looked up by its name.
 */
export async function deliver(context: SubmissionContext, ledger: Ledger): Promise<Ledger> {
  const open = ledger.arrays.filter(
    (array) =>
      // A submission of an earlier version is only looked at.
      array.submission.manifest !== null &&
      array.job === undefined &&
      array.refused === undefined &&
      array.cancelled_ms === undefined,
  )
  if (open.length === 0) return ledger
  const begun = open.filter((array) => array.tries.some(({ over }) => !over))
  const found =
    begun.length > 0
      ? await context.scheduler.find(begun.map((array) => array.name))
      : new Map<string, string>()
  const jobs = new Map(
    ledger.arrays.flatMap((array) => (array.job === undefined ? [] : [[array.name, array.job] as const])),
  )
  const refused = new Map<string, string>()
  for (const array of open) {
    const blocked = array.after.find((one) => 'array' in one && refused.has(one.array))
    try {
      if (blocked)
        throw new PipelineError({
          code: 'E_SUBMIT_REFUSED',
          message: 'an array that it waits for was refused',
        })
      const job = found.get(array.name)
      jobs.set(
        array.name,
        job === undefined ? await submitArray(context, array, jobs) : await record(context, array, job),
      )
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'E_SUBMIT_REFUSED') throw error
      refused.set(array.name, error.found ?? error.message)
      await context.store.create(
        refusedKey(array.submission.folder, array.name),
        Buffer.from(`${error.found ?? error.message}\n`),
      )
      if (!blocked) await refuseDependents(context, open, refused)
      if (!blocked) throw error
    }
  }
  return {
    ...ledger,
    arrays: ledger.arrays.map((array) => ({
      ...array,
      job: jobs.get(array.name) ?? array.job,
      refused: refused.get(array.name) ?? array.refused,
    })),
  }
}

/**
 * Arrays that wait for a refused one will never run: they are refused as well, so that their tasks can be
 * submitted again.
 */
async function refuseDependents(
  { store }: SubmissionContext,
  open: readonly LedgerArray[],
  refused: Map<string, string>,
): Promise<void> {
  for (const array of open) {
    const refusedInput = array.after.find((one) => 'array' in one && refused.has(one.array))
    if (refused.has(array.name) || !refusedInput) continue
    refused.set(array.name, 'an array that it waits for was refused')
    await store.create(
      refusedKey(array.submission.folder, array.name),
      Buffer.from('an array that it waits for was refused\n'),
    )
  }
}

async function submitArray(
  context: SubmissionContext,
  array: LedgerArray,
  jobs: ReadonlyMap<string, string>,
): Promise<string> {
  const { store, scheduler, clock, profile } = context
  const { folder } = array.submission
  let own = false
  const { tries } = array
  const rejected = tries.filter(({ over }) => over).length
  for (let count = tries.length; count - rejected < maxTries; count++) {
    // Another submitter began: its answer may be on the way, unless its process is known to have ended.
    if (count > 0 && !own && !tries[count - 1]?.over) {
      const settled = await settle(context, array, count - 1)
      if (settled !== undefined) return settled
    }
    const claim = { host: processSpace(), process: process.pid, at_ms: clock.now() }
    if (
      (await store.create(tryKey(folder, array.name, count), Buffer.from(`${JSON.stringify(claim)}\n`))) ===
      'exists'
    ) {
      own = false
      continue
    }
    own = true
    try {
      return await record(context, array, await scheduler.submit(jobOf(context, array, jobs)))
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      if (error.code !== 'E_SUBMIT_UNCERTAIN') {
        // Nobody has to wait for the answer to this attempt, and it does not count.
        await store.create(overKey(folder, array.name, count), new Uint8Array(0))
        throw error
      }
      const job = await findJob(context, array)
      if (job !== undefined) return record(context, array, job)
    }
  }
  throw new PipelineError({
    code: 'E_SUBMIT_UNCERTAIN',
    failure: 'retry',
    message: `the scheduler failed to answer ${maxTries} times`,
    place: array.name,
    hint:
      'look for a job of this name; if there is none, ' +
      `wait ${profile.jobs.grace_seconds} seconds and submit again`,
  })
}

/** Looks up a job after a lost answer. An overloaded controller may show it a little later. */
async function findJob(
  { scheduler, clock }: SubmissionContext,
  { name }: LedgerArray,
): Promise<string | undefined> {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (attempt > 0) await clock.sleep(2000)
    const job = (await scheduler.find([name])).get(name)
    if (job !== undefined) return job
  }
  return undefined
}

/** The process that began to submit an array, and when. */
const tryClaim = object({ host: text, process: number, at_ms: number })

/** Waits until the submitter of try `count` has recorded the job, has ended, or has run out of time. */
async function settle(
  { store, scheduler, clock, profile }: SubmissionContext,
  array: LedgerArray,
  count: number,
): Promise<string | undefined> {
  const key = tryKey(array.submission.folder, array.name, count)
  const claim = parseJson(await store.read(key), `${store.uri}/${key}`, tryClaim)
  const deadline =
    clock.monotonic() + Math.max(0, claim.at_ms + profile.jobs.grace_seconds * 1000 - clock.now())
  for (;;) {
    const key = jobKey(array.submission.folder, array.name)
    if (await store.stat(key)) return new TextDecoder().decode(await store.read(key)).trim()
    const gone = claim.host === processSpace() && !isAlive(claim.process)
    if (gone || clock.monotonic() >= deadline) return (await scheduler.find([array.name])).get(array.name)
    await clock.sleep(1000)
  }
}

async function record({ store }: SubmissionContext, array: LedgerArray, job: string): Promise<string> {
  const key = jobKey(array.submission.folder, array.name)
  if ((await store.create(key, Buffer.from(`${job}\n`))) === 'created') return job
  return new TextDecoder().decode(await store.read(key)).trim()
}

function jobOf(
  { store, setup, profile }: SubmissionContext,
  array: LedgerArray,
  jobs: ReadonlyMap<string, string>,
): ArrayJob {
  const after = array.after.map((one): JobDependency => {
    if ('job' in one) return one
    const job = jobs.get(one.array)
    if (job === undefined)
      throw new PipelineError({
        code: 'E_SUBMISSION',
        message: `array ${array.name} waits for ${one.array}, which has no job`,
      })
    return {
      job,
      kind: one.kind,
      size: array.submission.arrays.find((other) => other.name === one.array)?.size ?? 1,
    }
  })
  return {
    name: array.name,
    node: array.node,
    size: array.size,
    resources: array.resources,
    after,
    command: [
      'task',
      '--store',
      store.uri,
      '--array',
      `${array.submission.folder}/${array.name}`,
      '--threads',
      String(array.resources.cpus),
    ],
    environment: { ...profile.environment, ...settingsToEnvironment(setup.settings) },
  }
}
