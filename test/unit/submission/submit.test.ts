import test from 'ava'
import { loadProfile, type Profile } from '../../../src/manifest/profile.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import type { Store } from '../../../src/io/store/store.js'
import type { Plan, Task } from '../../../src/planner/types.js'
import { recordKey } from '../../../src/runner/layout.js'
import { cancelRun } from '../../../src/submission/cancel.js'
import { markKey } from '../../../src/submission/layout.js'
import { readLedger } from '../../../src/submission/ledger.js'
import { observeElements } from '../../../src/submission/observe.js'
import { retryRun } from '../../../src/submission/retry.js'
import { submitMissing } from '../../../src/submission/submit.js'
import type { SubmissionContext } from '../../../src/submission/context.js'
import { readElement } from '../../../src/submission/array-file.js'
import { ManualClock } from '../../fakes/manual-clock.js'
import { modePlan } from '../../fakes/mode-plan.js'
import { FakeScheduler } from '../../fakes/scheduler.js'

let plan: Plan
let profile: Profile
test.before(async () => {
  plan = await modePlan(3, 2)
  const slurm = await loadProfile('slurm', {})
  if (!slurm) throw new Error('no profile')
  profile = { ...slurm, jobs: { ...slurm.jobs, element_minutes: 0, grace_seconds: 100 } }
})

const by = { manifest: '/runs/m.yaml', user: 'a', host: 'one' }

function place(scheduler = new FakeScheduler()) {
  const clock = new ManualClock()
  const store = memoryStore('jobs', clock)
  const context: SubmissionContext = {
    path: 'm.yaml',
    by,
    plan,
    store,
    setup: { store: store.uri, log_level: 'warn' },
    profile,
    scheduler,
    clock,
  }
  return { clock, store, scheduler, context }
}

const total = () => plan.stages.reduce((sum, stage) => sum + stage.tasks.length, 0)
const tasksOf = (node: string): readonly Task[] =>
  plan.stages.find((stage) => stage.node === node)?.tasks ?? []
const finish = async (store: Store, task: Task | undefined) =>
  task && store.create(recordKey(task.stage, task.fingerprint), Buffer.from('{}'))
const names = (scheduler: FakeScheduler) => scheduler.jobs.map(({ name }) => name)

test('a second submission while the first is under way submits nothing', async (t) => {
  const { context, scheduler } = place()
  t.is((await submitMissing(context)).submitted, total())
  const { submission, submitted, active } = await submitMissing(context)
  t.deepEqual([submission, submitted, active], [undefined, 0, total()])
  t.is(new Set(names(scheduler)).size, scheduler.jobs.length)
})

test('of many concurrent submitters all but one submit nothing', async (t) => {
  const { context, scheduler } = place()
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => submitMissing(context)))
  t.is(outcomes.filter(({ submitted }) => submitted > 0).length, 1)
  t.is(scheduler.jobs.length, 10)
  t.is(new Set(names(scheduler)).size, 10)
})

test('a submission whose answer was lost is looked up by name, and nothing is submitted twice', async (t) => {
  const { context, scheduler } = place()
  scheduler.faults.push('lost-after', 'lost-before', 'lost-after')
  t.is((await submitMissing(context)).submitted, total())
  t.is(scheduler.jobs.length, 10)
  t.deepEqual(
    scheduler.jobs[1]?.after.map(({ job }) => job),
    ['1'],
  )
})

test('after a submitter was killed at any call, the next one continues without duplicate jobs', async (t) => {
  // Calls of the scheduler: limits are no call, so that each number is another instant.
  for (let calls = 0; calls < 12; calls++) {
    for (const accepted of [false, true]) {
      const { context, scheduler } = place()
      let left = calls
      const dying = new Proxy(scheduler, {
        get(target, name, receiver) {
          const value = Reflect.get(target, name, receiver) as unknown
          if (name !== 'submit') return value
          return async (job: Parameters<FakeScheduler['submit']>[0]) => {
            if (left-- > 0) return target.submit(job)
            if (accepted) await target.submit(job)
            throw new Error('killed')
          }
        },
      })
      await submitMissing({ ...context, scheduler: dying }).catch(() => {})
      await submitMissing(context)
      t.is(scheduler.jobs.length, 10, `killed at call ${calls}`)
      t.is(new Set(names(scheduler)).size, 10)
      t.is((await submitMissing(context)).active, total())
    }
  }
})

test('a refusal is reported; its tasks can be submitted once the profile is corrected', async (t) => {
  const { context, scheduler } = place()
  scheduler.faults.push('refused')
  await t.throwsAsync(submitMissing(context), { code: 'E_SUBMIT_REFUSED' })
  t.is(scheduler.jobs.length, 0)
  t.is((await submitMissing(context)).submitted, total())
})

test('failed tasks are retried with their dependents, and running ones go on', async (t) => {
  const { context, scheduler, store } = place()
  await submitMissing(context)
  await finish(store, tasksOf('ingest')[0])
  scheduler.jobs[0]?.states.set(0, { state: 'succeeded' })
  scheduler.jobs[0]?.states.set(1, { state: 'failed', cause: 'exit' })
  scheduler.jobs[0]?.states.set(2, { state: 'running' })
  for (const job of scheduler.jobs.slice(1))
    for (const index of job.states.keys()) job.states.set(index, { state: 'cancelled', cause: 'dependency' })
  const { submission, active } = await retryRun(context, { failed: true })
  t.is(active, 1, 'the third shard')
  t.deepEqual(submission?.arrays.map(({ node, tasks }) => [node, tasks]).slice(0, 4), [
    ['ingest', 1],
    ['embed', 1],
    ['embed', 1],
    ['embed', 1],
  ])
  const waits = submission?.arrays
    .filter(({ node }) => node === 'embed')
    .map(({ after }) => after.map((one) => ('job' in one ? `${one.kind} job ${one.job}` : one.kind)).join())
  t.deepEqual(
    waits?.toSorted(),
    ['', 'all', 'ended job 1'],
    'its job has failed elements: only its end can be waited for',
  )
})

test('memory is doubled for the tasks that ran out of it, even if the scheduler forgets them', async (t) => {
  const { context, scheduler, store } = place()
  const first = await submitMissing(context)
  scheduler.jobs[0]?.states.set(1, { state: 'failed', cause: 'out_of_memory' })
  const look = async () =>
    observeElements({
      store,
      plan,
      ledger: await readLedger(store, by, plan.manifest),
      done: new Set(),
      scheduler,
      clock: context.clock,
      grace_seconds: 0,
    })
  t.is((await look()).byTask.get(tasksOf('ingest')[1]?.fingerprint ?? '')?.verdict.cause, 'out_of_memory')
  scheduler.jobs[0]?.states.delete(1)
  const { submission } = await retryRun(context, { failed: true })
  const [before, after] = [first, { submission }].map(
    (outcome) => outcome.submission?.arrays[0]?.resources.memory_bytes ?? 0,
  )
  t.is(after, 2 * (before ?? 0))
})

test('cancelled tasks are left alone by --failed and taken up by submit', async (t) => {
  const { context, scheduler } = place()
  await submitMissing(context)
  t.is((await cancelRun({ ...context, name: plan.manifest })).jobs, scheduler.jobs.length)
  t.is((await retryRun(context, { failed: true })).submitted, 0)
  t.is((await submitMissing(context)).submitted, total())
})

test('a scheduler that does not answer stops a submission before anything is decided', async (t) => {
  const { context, scheduler, store } = place()
  await submitMissing(context)
  scheduler.down = true
  const error = await t.throwsAsync(submitMissing(context), { code: 'E_SCHEDULER_UNREACHABLE' })
  t.is((error as { exitCode?: number }).exitCode, 75)
  t.is((await readLedger(store, by, plan.manifest)).next, 1)
})

test('marks of elements are read from their keys alone', async (t) => {
  const { context, store, scheduler } = place()
  const { submission } = await submitMissing(context)
  const name = submission?.arrays[0]?.name ?? ''
  await store.replace(
    markKey(submission!.id, name, { index: 2, attempt: 1, state: 'out-of-time' }),
    new Uint8Array(0),
    undefined,
  )
  for (const job of scheduler.jobs) job.states.clear()
  const observation = await observeElements({
    store,
    plan,
    ledger: await readLedger(store, by, plan.manifest),
    done: new Set(),
    scheduler,
    clock: context.clock,
    grace_seconds: 0,
  })
  t.deepEqual(
    observation.elements.filter(({ array }) => array.name === name).map(({ verdict }) => verdict.state),
    ['lost', 'lost', 'failed'],
  )
})

test('a task that ends between the listing of records and the answer of the queue is not lost', async (t) => {
  const { context, store, scheduler } = place()
  const { submission } = await submitMissing(context)
  const array = submission!.arrays[0]!
  const [task] = (await readElement(store, submission!.id, array.name, 0)).tasks
  const late = {
    ...scheduler,
    states: async () => {
      await store.create(recordKey(task!.stage, task!.fingerprint), new TextEncoder().encode('{}'))
      return new Map(scheduler.jobs.map(({ id }) => [id, new Map()]))
    },
  }
  const ledger = await readLedger(store, by, plan.manifest)
  const observation = await observeElements({
    store,
    plan,
    ledger,
    done: new Set(),
    scheduler: late as never,
    clock: context.clock,
    grace_seconds: 0,
  })
  t.is(observation.byTask.get(task!.fingerprint)?.verdict.state, 'succeeded')
  t.true(observation.done.has(task!.fingerprint))
})

test('an element reads exactly the tasks that were planned for it', async (t) => {
  const { context, store } = place()
  const { submission } = await submitMissing(context)
  const plain = (task: unknown) => JSON.parse(JSON.stringify(task)) as unknown
  const read: Task[] = []
  for (const { name, size } of submission?.arrays ?? [])
    for (let index = 0; index < size; index++)
      read.push(...(await readElement(store, submission!.id, name, index)).tasks)
  const planned = new Map(plan.stages.flatMap((stage) => stage.tasks).map((task) => [task.fingerprint, task]))
  t.is(read.length, planned.size)
  for (const task of read) t.deepEqual(plain(task), plain(planned.get(task.fingerprint)))
  await t.throwsAsync(readElement(store, submission!.id, submission?.arrays[0]?.name ?? '', 99), {
    code: 'E_ARRAY',
  })
})
