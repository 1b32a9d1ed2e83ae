import test from 'ava'
import { loadProfile, type Profile } from '../../../src/manifest/profile.js'
import { memoryStore } from '../../../src/io/store/memory.js'
import type { RunEvent } from '../../../src/local-executor/executor.js'
import type { Plan } from '../../../src/planner/types.js'
import type { SubmissionContext } from '../../../src/submission/context.js'
import { schedulerExecutor } from '../../../src/submission/executor.js'
import { submitMissing } from '../../../src/submission/submit.js'
import { finishTask } from '../../fakes/finish-task.js'
import { ManualClock } from '../../fakes/manual-clock.js'
import { modePlan } from '../../fakes/mode-plan.js'
import { FakeScheduler } from '../../fakes/scheduler.js'

let plan: Plan
let profile: Profile
test.before(async () => {
  plan = await modePlan(3, 2)
  const slurm = await loadProfile('slurm', {})
  if (!slurm) throw new Error('no profile')
  profile = { ...slurm, jobs: { ...slurm.jobs, element_minutes: 0, poll_seconds: 10, grace_seconds: 60 } }
})

function place() {
  const scheduler = new FakeScheduler()
  const clock = new ManualClock()
  const store = memoryStore('waiting', clock)
  const context: SubmissionContext = {
    path: 'm.yaml',
    by: { manifest: '/m.yaml', user: 'a', host: 'h' },
    plan,
    store,
    setup: { store: store.uri, log_level: 'warn' },
    profile,
    scheduler,
    clock,
  }
  const tasks = plan.stages.flatMap((stage) => stage.tasks)
  const finishAll = () => Promise.all(tasks.map((task) => finishTask(store, task)))
  const events: RunEvent[] = []
  /** Follows the run; `looks` is called before each pause. */
  const follow = (looks: (round: number) => void | Promise<unknown>) => {
    let round = 0
    const sleep = async (milliseconds: number, signal?: AbortSignal) => {
      if (milliseconds === profile.jobs.poll_seconds * 1000) await looks(round++)
      await clock.sleep(milliseconds, signal)
    }
    const watched = { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep }
    return schedulerExecutor({ ...context, clock: watched }).execute(tasks, {
      signal: new AbortController().signal,
      listen: (event) => void events.push(event),
    })
  }
  const said = () => events.flatMap((event) => (event.type === 'waiting' ? [event.reason] : []))
  const retried = () => events.filter(({ type }) => type === 'retried').length
  return { scheduler, store, context, tasks, finishAll, follow, said, retried }
}

test('submit that meets a limit on queued jobs ends with 75, and the next one continues', async (t) => {
  const { scheduler, context } = place()
  scheduler.room = 3
  for (let again = 0; again < 7; again++) {
    const error = await t.throwsAsync(submitMissing(context), { code: 'E_QUEUE_LIMIT' })
    t.is((error as { exitCode?: number }).exitCode, 75)
  }
  t.is(scheduler.jobs.length, 3)
  scheduler.room = Infinity
  await submitMissing(context)
  t.is(scheduler.jobs.length, 10)
  t.is(new Set(scheduler.jobs.map(({ name }) => name)).size, 10)
})

test('submit with expired credentials ends with 75', async (t) => {
  const { scheduler, context } = place()
  scheduler.expired = true
  const error = await t.throwsAsync(submitMissing(context), { code: 'E_CREDENTIALS_EXPIRED' })
  t.is((error as { exitCode?: number }).exitCode, 75)
})

test('a run waits until the queue has room, says so once, and submits nothing twice', async (t) => {
  const { scheduler, tasks, finishAll, follow, said, retried } = place()
  scheduler.room = 4
  const outcome = await follow((round) => {
    if (round === 50) scheduler.room = 7
    if (round === 150) scheduler.room = Infinity
    return scheduler.jobs.length === 10 && round > 151 ? finishAll() : undefined
  })
  t.deepEqual([outcome.finished, outcome.failures.length], [tasks.length, 0])
  t.is(scheduler.jobs.length, 10)
  t.is(retried(), 0)
  t.true(said().length <= 2 && said().every((reason) => reason.includes('AssocMaxSubmitJobLimit')))
})

test('a run waits for new credentials, at its start and while it follows', async (t) => {
  const { scheduler, tasks, finishAll, follow, said, retried } = place()
  scheduler.expired = true
  const outcome = await follow((round) => {
    if (round === 20) scheduler.expired = false
    if (round === 100) scheduler.expired = true
    if (round === 140) scheduler.expired = false
    return round === 141 ? finishAll() : undefined
  })
  t.deepEqual([outcome.finished, outcome.failures.length], [tasks.length, 0])
  t.is(scheduler.jobs.length, 10)
  t.is(retried(), 0)
  t.true(said().every((reason) => reason.includes('expired')))
})

test('the reason for which jobs wait is said once for each stage', async (t) => {
  const { scheduler, finishAll, follow, said } = place()
  await follow((round) => {
    for (const index of [0, 1, 2]) {
      const waits = round < 3 ? 'Resources' : 'QOSMaxCpuPerUserLimit'
      scheduler.jobs[0]?.states.set(index, { state: 'pending', waits })
    }
    return round === 6 ? finishAll() : undefined
  })
  t.deepEqual(said(), ['Resources', 'QOSMaxCpuPerUserLimit'])
})
