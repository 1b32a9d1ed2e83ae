import { parseJson } from '../core/parse-json.js'
import { number, object, text } from '../core/shape.js'
import { hostname } from 'node:os'
import { PipelineError } from '../core/error.js'
import { isAlive } from '../runner/task/scratch.js'
import { settingsToEnvironment } from '../io/store/settings.js'
import type { ArrayJob, JobDependency } from '../schedulers/scheduler.js'
import { jobKey, refusedKey, tryKey } from './layout.js'
import type { Ledger, LedgerArray } from './ledger.js'
import type { SubmissionContext } from './context.js'

/**
 * How often an array is handed over whose answer was lost each time and which was not found by its name
 * either.
 */
const mostTries = 5

/**
 * Hands every array of the ledger that has no job yet to the scheduler, and records its id. Whoever begins to
 * submit an array says so first, create-once; an array that somebody began and did not finish is looked for
 * by its name.
 */
export async function deliver(context: SubmissionContext, ledger: Ledger): Promise<Ledger> {
  const open = ledger.arrays.filter(
    (array) => array.job === undefined && array.refused === undefined && array.cancelled_ms === undefined,
  )
  if (open.length === 0) return ledger
  const begun = open.filter((array) => array.tries.length > 0)
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
        job === undefined ? await hand(context, array, jobs) : await record(context, array, job),
      )
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'E_SUBMIT_REFUSED') throw error
      refused.set(array.name, error.found ?? error.message)
      await context.store.create(
        refusedKey(context.plan.manifest, array.name),
        Buffer.from(`${error.found ?? error.message}\n`),
      )
      if (!blocked) await refuseRest(context, open, refused)
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
 * What waits for a refused array will never run: it is given up with it, so that its tasks can be submitted
 * anew.
 */
async function refuseRest(
  { store, plan }: SubmissionContext,
  open: readonly LedgerArray[],
  refused: Map<string, string>,
): Promise<void> {
  for (const array of open) {
    const cause = array.after.find((one) => 'array' in one && refused.has(one.array))
    if (refused.has(array.name) || !cause) continue
    refused.set(array.name, 'an array that it waits for was refused')
    await store.create(
      refusedKey(plan.manifest, array.name),
      Buffer.from('an array that it waits for was refused\n'),
    )
  }
}

async function hand(
  context: SubmissionContext,
  array: LedgerArray,
  jobs: ReadonlyMap<string, string>,
): Promise<string> {
  const { store, plan, scheduler, clock, profile } = context
  const { manifest } = plan
  let own = false
  for (let count = array.tries.length; count < mostTries; count++) {
    // Somebody else began: the answer may be on its way, unless whoever it was is known to be gone.
    if (count > 0 && !own) {
      const settled = await settle(context, array, count - 1)
      if (settled !== undefined) return settled
    }
    const claim = { host: hostname(), process: process.pid, at_ms: clock.now() }
    if (
      (await store.create(tryKey(manifest, array.name, count), Buffer.from(`${JSON.stringify(claim)}\n`))) ===
      'exists'
    ) {
      own = false
      continue
    }
    own = true
    try {
      return await record(context, array, await scheduler.submit(jobOf(context, array, jobs)))
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code !== 'E_SUBMIT_UNCERTAIN') throw error
      const job = await lookFor(context, array)
      if (job !== undefined) return record(context, array, job)
    }
  }
  throw new PipelineError({
    code: 'E_SUBMIT_UNCERTAIN',
    failure: 'retry',
    message: `the scheduler did not answer ${mostTries} times`,
    place: array.name,
    hint:
      'look for a job of this name; if there is none, ' +
      `wait ${profile.jobs.grace_seconds} seconds and submit again`,
  })
}

/** After a lost answer: a controller that is behind may show the job a little later. */
async function lookFor(
  { scheduler, clock }: SubmissionContext,
  { name }: LedgerArray,
): Promise<string | undefined> {
  for (let look = 0; look < 3; look++) {
    if (look > 0) await clock.sleep(2000)
    const job = (await scheduler.find([name])).get(name)
    if (job !== undefined) return job
  }
  return undefined
}

/** Who began to submit an array, and when. */
const tryClaim = object({ host: text, process: number, at_ms: number })

/** Waits until the one who began with `count` has recorded the job, or for as long as that may take. */
async function settle(
  { store, plan, scheduler, clock, profile }: SubmissionContext,
  array: LedgerArray,
  count: number,
): Promise<string | undefined> {
  const key = tryKey(plan.manifest, array.name, count)
  const claim = parseJson(await store.read(key), `${store.uri}/${key}`, tryClaim)
  const until = clock.monotonic() + Math.max(0, claim.at_ms + profile.jobs.grace_seconds * 1000 - clock.now())
  for (;;) {
    const key = jobKey(plan.manifest, array.name)
    if (await store.stat(key)) return new TextDecoder().decode(await store.read(key)).trim()
    const gone = claim.host === hostname() && !isAlive(claim.process)
    if (gone || clock.monotonic() >= until) return (await scheduler.find([array.name])).get(array.name)
    await clock.sleep(1000)
  }
}

async function record({ store, plan }: SubmissionContext, array: LedgerArray, job: string): Promise<string> {
  const key = jobKey(plan.manifest, array.name)
  if ((await store.create(key, Buffer.from(`${job}\n`))) === 'created') return job
  return new TextDecoder().decode(await store.read(key)).trim()
}

function jobOf(
  { store, plan, setup, profile }: SubmissionContext,
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
      `${plan.manifest}/${array.name}`,
      '--threads',
      String(array.resources.cpus),
    ],
    environment: { ...profile.environment, ...settingsToEnvironment(setup.settings) },
  }
}
