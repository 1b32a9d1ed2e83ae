import test from 'ava'
import { loadProfile, type Profile } from '../../../src/manifest/profile.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import type { Store } from '../../../src/io/store/store.js'
import type { Plan } from '../../../src/planner/types.js'
import type { RunBy } from '../../../src/runner/owner.js'
import { recordKey } from '../../../src/runner/layout.js'
import { cancelRun } from '../../../src/submission/cancel.js'
import type { SubmissionContext } from '../../../src/submission/context.js'
import { otherSubmissions } from '../../../src/submission/others.js'
import { retryRun } from '../../../src/submission/retry.js'
import { allSubmissions } from '../../../src/submission/submissions.js'
import { submitMissing } from '../../../src/submission/submit.js'
import { ManualClock } from '../../fakes/manual-clock.js'
import { modePlan } from '../../fakes/mode-plan.js'
import { FakeScheduler } from '../../fakes/scheduler.js'

let plan: Plan
let other: Plan
let profile: Profile
test.before(async () => {
  plan = await modePlan(3, 2)
  other = await modePlan(2, 2)
  const slurm = await loadProfile('slurm', {})
  if (!slurm) throw new Error('no profile')
  profile = { ...slurm, jobs: { ...slurm.jobs, element_minutes: 0, grace_seconds: 100 } }
})

const ann: RunBy = { manifest: '/ann/a.yaml', user: 'ann', host: 'one' }
const copy: RunBy = { ...ann, manifest: '/ann/b.yaml' }
const bob: RunBy = { ...ann, user: 'bob' }
const elsewhere: RunBy = { ...ann, host: 'two' }

function place() {
  const clock = new ManualClock()
  const store = memoryStore('shared', clock)
  const scheduler = new FakeScheduler()
  const context = (by: RunBy, which = plan): SubmissionContext => ({
    path: by.manifest,
    by,
    plan: which,
    store,
    setup: { store: store.uri, log_level: 'warn' },
    profile,
    scheduler,
    clock,
  })
  const cancel = (by: RunBy, ids?: readonly string[]) =>
    cancelRun({ store, scheduler, clock, by, name: plan.manifest, ids })
  /** Names of the jobs that wait or run. */
  const alive = () =>
    scheduler.jobs
      .filter(({ states }) => [...states.values()].some(({ state }) => state === 'pending'))
      .map(({ name }) => name)
  return { clock, store, scheduler, context, cancel, alive }
}

const total = () => plan.stages.reduce((sum, stage) => sum + stage.tasks.length, 0)
const namesOf = ({ submission }: Awaited<ReturnType<typeof submitMissing>>) =>
  submission?.arrays.map(({ name }) => name) ?? []

for (const [words, by] of [
  ['a copy of a manifest', copy],
  ['another user', bob],
] as const)
  test(`${words} submits the same tasks side by side, and each cancels only its own jobs`, async (t) => {
    const { context, cancel, alive } = place()
    const first = await submitMissing(context(ann))
    const second = await submitMissing(context(by))
    t.deepEqual([first.submitted, second.submitted], [total(), total()])
    t.is(new Set([...namesOf(first), ...namesOf(second)]).size, 2 * namesOf(first).length)
    t.not(first.submission?.id, second.submission?.id)
    const { jobs, submissions, others } = await cancel(by)
    t.is(jobs, namesOf(second).length)
    t.deepEqual(
      [submissions, others].map((list) => list.map(({ id }) => id)),
      [[second.submission?.id], [first.submission?.id]],
    )
    t.deepEqual(alive(), namesOf(first))
    t.is((await submitMissing(context(ann))).active, total())
  })

test('of submissions from several hosts, commands take those of their own', async (t) => {
  const { context, cancel, alive } = place()
  const first = await submitMissing(context(ann))
  // The manifest at the same path of another host makes other tasks, but for those that are the same.
  const second = await submitMissing(context(elsewhere, other))
  t.true(second.submitted > 0)
  t.is((await cancel(elsewhere)).jobs, namesOf(second).length)
  t.deepEqual(alive(), namesOf(first))
})

test('a submission from one host is followed and cancelled from another, if no other has any', async (t) => {
  const { context, cancel, alive } = place()
  await submitMissing(context(ann))
  t.is((await submitMissing(context(elsewhere))).active, total(), 'nothing is submitted twice')
  t.true((await cancel(elsewhere)).jobs > 0)
  t.deepEqual(alive(), [])
})

test('where two other hosts have submissions, a third one has to say which', async (t) => {
  const { context, cancel, alive } = place()
  const first = await submitMissing(context(ann))
  const second = await submitMissing(context(elsewhere, other))
  const third = { ...ann, host: 'three' }
  const error = await t.throwsAsync(cancel(third), { code: 'E_OTHER_SUBMISSIONS' })
  t.is((error as { exitCode?: number }).exitCode, 2)
  t.regex((error as { found?: string }).found ?? '', new RegExp(first.submission!.id))
  await t.throwsAsync(retryRun(context(third), { failed: true }), { code: 'E_OTHER_SUBMISSIONS' })
  t.is((await cancel(third, [first.submission!.id])).jobs, namesOf(first).length)
  t.deepEqual(alive(), namesOf(second))
})

test('without a submission of its own, cancel refuses and lists the others; an id selects one', async (t) => {
  const { context, cancel, alive } = place()
  const { submission } = await submitMissing(context(ann))
  const error = await t.throwsAsync(cancel(copy), { code: 'E_OTHER_SUBMISSIONS' })
  t.is((error as { exitCode?: number }).exitCode, 2)
  t.is(alive().length, submission!.arrays.length)
  await t.throwsAsync(cancel(copy, ['ffffffff0']), { code: 'E_UNKNOWN_SUBMISSION' })
  t.true((await cancel(copy, [submission!.id.slice(0, 6)])).jobs > 0)
  t.deepEqual(alive(), [])
  t.like(await cancel(copy), { jobs: 0, others: [] }, 'nothing is left to choose from')
})

test('retry takes failed tasks of its own manifest, and those of others only by id', async (t) => {
  const { context, scheduler } = place()
  const { submission } = await submitMissing(context(ann))
  for (const { states } of scheduler.jobs)
    for (const index of states.keys()) states.set(index, { state: 'failed', cause: 'exit' })
  await t.throwsAsync(retryRun(context(copy), { failed: true }), { code: 'E_OTHER_SUBMISSIONS' })
  t.is((await retryRun(context(copy), { failed: true, ids: [submission!.id] })).submitted, total())
  t.is((await retryRun(context(ann), { failed: true })).submitted, total())
})

test('finished submissions are not listed', async (t) => {
  const { context, store, clock } = place()
  await submitMissing(context(ann))
  t.is((await otherSubmissions(store, new Set(), clock)).length, 1)
  for (const task of plan.stages.flatMap((stage) => stage.tasks))
    await store.create(recordKey(task.stage, task.fingerprint), Buffer.from('{}'))
  t.deepEqual(await otherSubmissions(store, new Set(), clock), [])
})

/** Moves what was submitted to where earlier versions kept it: below the name of the manifest. */
async function asEarlier(store: Store, by: RunBy): Promise<void> {
  for (const { folder, name, number, created_ms, scheduler, arrays } of await allSubmissions(store)) {
    for (const prefix of ['_jobs/', '_live/jobs/'])
      for await (const { key } of store.list(`${prefix}${folder}/`)) {
        await store.create(key.replace(folder, name), await store.read(key))
        await store.remove(key)
      }
    for await (const { key } of store.list('_jobs/_submissions/')) await store.remove(key)
    const submission = { format: 1, number, created_ms, by: `${by.user}@${by.host}`, scheduler, arrays }
    await store.create(
      `_jobs/${name}/submissions/${String(number).padStart(6, '0')}.json`,
      Buffer.from(JSON.stringify(submission)),
    )
  }
}

test('jobs that an earlier version submitted are followed, and cancelled only by their id', async (t) => {
  const { context, store, cancel, alive } = place()
  await submitMissing(context(ann))
  await asEarlier(store, ann)
  t.is((await submitMissing(context(ann))).active, total(), 'none is submitted a second time')
  const error = await t.throwsAsync(cancel(ann), { code: 'E_OTHER_SUBMISSIONS' })
  t.regex((error as { found?: string }).found ?? '', /earlier version.* by ann@one/)
  t.is((await submitMissing(context(bob))).submitted, total(), 'those of another user do not count')
  const [earlier] = await allSubmissions(store)
  t.true((await cancel(ann, [earlier!.id])).jobs > 0)
  t.is(alive().length, 10, 'those of the other user')
})
