import type { Clock } from '../../core/clock.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { digestOfJson, sha256 } from '../../core/digest.js'
import { parseJson } from '../../core/parse-json.js'
import { anyJson, list, number, object, optional, text, type Shape } from '../../core/shape.js'
import { clearClaims, emptyClaim } from '../../io/store/claim.js'
import { readIfThere } from '../../io/store/read-if-there.js'
import type { ObjectInfo, Store } from '../../io/store/store.js'
import { type LockablePlan, makeLock } from '../../planner/lock.js'
import { finishedTasks } from '../finished-tasks.js'
import { storeLists } from '../lock/lock-file.js'
import { readRecord } from '../task/record.js'
import type { RunBy } from '../owner.js'
import { registerSnapshotOf } from './register.js'
import { readSnapshots } from './snapshot.js'

const submittedPrefix = '_live/submitted/'

/** Jobs have no process that renews a claim; what has not ended this long after submission is given up. */
const givenUp_ms = 30 * 86_400_000

/** A run that a scheduler carries out, with all that its lock will need. */
interface SubmittedRun extends RunBy {
  readonly plan: LockablePlan
}

const shape: Shape<SubmittedRun> = object<SubmittedRun>({
  manifest: text,
  user: text,
  host: text,
  plan: object<LockablePlan>({
    manifest: text,
    until: optional(text),
    shards: list(
      object<LockablePlan['shards'][number]>({
        id: text,
        uri: text,
        size: number,
        identity: text,
        generation: optional(number),
      }),
    ),
    stages: list(
      object<LockablePlan['stages'][number]>({
        node: text,
        stage: text,
        fingerprint: text,
        entries: list(object({ name: text, value: anyJson })),
        tasks: list(object({ node: text, stage: text, key: text, fingerprint: text })),
      }),
    ),
  }),
})

/** Registers a run that a scheduler carries out, or renews its registration. */
export async function registerSubmitted(store: Store, by: RunBy, plan: LockablePlan): Promise<void> {
  const run: SubmittedRun = { ...by, plan: lockable(plan) }
  const bytes = new TextEncoder().encode(JSON.stringify(run))
  const key = `${submittedPrefix}${sha256(bytes)}.json`
  while ((await store.replace(key, bytes, (await store.stat(key))?.version)) === 'conflict');
}

/** Only the members that the lock needs: plans are large. */
function lockable({ manifest, until, shards, stages }: LockablePlan): LockablePlan {
  return {
    manifest,
    ...(until === undefined ? {} : { until }),
    shards: shards.map(({ id, uri, size, identity, generation }) => ({
      id,
      uri,
      size,
      identity,
      generation,
    })),
    stages: stages.map(({ node, stage, fingerprint, entries, tasks }) => ({
      node,
      stage,
      fingerprint,
      entries: entries.map(({ name, value }) => ({ name, value })),
      tasks: tasks.map(({ key, fingerprint }) => ({ node, stage, key, fingerprint })),
    })),
  }
}

/** The results that submitted runs rely on, also those that ended and have no snapshot yet. */
export async function fingerprintsSubmitted(store: Store): Promise<string[]> {
  const used: string[] = []
  for (const { run } of await submittedRuns(store))
    for (const { tasks } of run.plan.stages) for (const { fingerprint } of tasks) used.push(fingerprint)
  return used
}

/**
 * Registers the snapshots of submitted runs that ended well since anyone last looked, and gives up those
 * that did not end in 30 days.
 */
export async function registerEnded(store: Store, clock: Clock): Promise<void> {
  for (const { info, run } of await submittedRuns(store)) {
    const done = await finishedTasks(store, run.plan)
    const tasks = run.plan.stages.flatMap((stage) => stage.tasks)
    if (tasks.every((task) => done.has(task.fingerprint))) await registerOne(store, run, clock)
    else if (clock.now() - info.modified_ms < givenUp_ms) continue
    // If the run was submitted again in the meantime, its registration stays.
    await emptyClaim(store, info.key, info.version)
  }
}

/** Deletes the registrations of runs that ended or were given up. */
export const clearSubmitted = (store: Store): Promise<void> => clearClaims(store, submittedPrefix, Infinity)

async function registerOne(store: Store, { plan, ...by }: SubmittedRun, clock: Clock): Promise<void> {
  const records = await mapConcurrently(
    plan.stages.flatMap((stage) => stage.tasks),
    32,
    (task) => readRecord(store, task),
  )
  const { lock, stored } = makeLock(plan, new Map(records.map((record) => [record.fingerprint, record])))
  const lock_digest = digestOfJson(lock)
  const known = (await readSnapshots(store)).some(
    (snapshot) =>
      snapshot.lock_digest === lock_digest &&
      snapshot.manifest === by.manifest &&
      snapshot.user === by.user &&
      snapshot.host === by.host,
  )
  if (known) return
  await storeLists(stored, store)
  await registerSnapshotOf(store, by, lock, clock)
}

async function submittedRuns(
  store: Store,
): Promise<readonly { readonly info: ObjectInfo; readonly run: SubmittedRun }[]> {
  const found: { info: ObjectInfo; run: SubmittedRun }[] = []
  for await (const info of store.list(submittedPrefix)) {
    // One that is empty or missing by now has ended: its snapshot was registered before.
    const bytes = info.size > 0 ? await readIfThere(store, info.key) : undefined
    if (bytes && bytes.byteLength > 0)
      found.push({ info, run: parseJson(bytes, `${store.uri}/${info.key}`, shape) })
  }
  return found
}
