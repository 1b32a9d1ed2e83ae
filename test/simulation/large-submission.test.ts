import test from 'ava'
import { memoryStore } from '../../src/io/store/memory.js'
import { loadProfile, type Profile } from '../../src/manifest/profile.js'
import { submitMissing } from '../../src/submission/submit.js'
import { ManualClock } from '../fakes/manual-clock.js'
import { modePlan } from '../fakes/mode-plan.js'
import { FakeScheduler } from '../fakes/scheduler.js'

const limits = {
  'AWS Batch': { array_size: 10_000, dependencies: 20, waits_for_end: false },
  Slurm: { array_size: 1001, dependencies: 1000, waits_for_end: true },
}

for (const [name, bounds] of Object.entries(limits)) {
  test(`10,000 shards and 32 experts are planned and submitted in seconds: ${name}`, async (t) => {
    const before = process.cpuUsage()
    const plan = await modePlan(10_000, 32)
    const planned = process.cpuUsage(before)
    const clock = new ManualClock()
    const store = memoryStore('large', clock)
    const profile = (await loadProfile('slurm', {})) as Profile
    const scheduler = new FakeScheduler(bounds)
    const { submitted } = await submitMissing({
      path: 'm.yaml',
      by: { manifest: '/m.yaml', user: 'a', host: 'h' },
      plan,
      store,
      setup: { store: store.uri, log_level: 'error' },
      profile: { ...profile, jobs: { ...profile.jobs, element_minutes: 0 } },
      scheduler,
      clock,
    })
    const whole = process.cpuUsage(before)
    const seconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6
    const tasks = plan.stages.reduce((sum, stage) => sum + stage.tasks.length, 0)
    t.log(
      `${tasks} tasks, ${scheduler.jobs.length} arrays: ` +
        `${seconds(planned).toFixed(1)} s of a processor to plan, ` +
        `${seconds(whole).toFixed(1)} s with submitting`,
    )
    t.true(tasks > 30_000)
    t.is(submitted, tasks)
    t.true(seconds(whole) < 30)
    for (const { size, after } of scheduler.jobs)
      t.true(size <= bounds.array_size && after.length <= bounds.dependencies)
    t.is(new Set(scheduler.jobs.map((job) => job.name)).size, scheduler.jobs.length)
  })
}
