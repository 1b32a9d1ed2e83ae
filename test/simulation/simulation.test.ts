import test from 'ava'
import { loadProfile, type Profile } from '../../src/manifest/profile.js'
import type { Plan } from '../../src/planner/types.js'
import { modePlan } from '../fakes/mode-plan.js'
import { simulate, type Simulated } from './simulate.js'

/** `COTERIE_SEEDS=1000 COTERIE_SHARDS=300`, from `COTERIE_FIRST_SEED` on; `COTERIE_SEED=17` repeats one. */
const seeds = process.env.COTERIE_SEED
  ? [Number(process.env.COTERIE_SEED)]
  : Array.from(
      { length: Number(process.env.COTERIE_SEEDS ?? 8) },
      (_, index) => Number(process.env.COTERIE_FIRST_SEED ?? 0) + index,
    )
const shards = Number(process.env.COTERIE_SHARDS ?? 40)

let plan: Plan
let profile: Profile
test.before(async () => {
  plan = await modePlan(shards, shards >= 300 ? 32 : 4)
  profile = (await loadProfile('slurm', {})) as Profile
  profile = {
    ...profile,
    jobs: { ...profile.jobs, element_minutes: 0, poll_seconds: 120, grace_seconds: 300, resubmissions: 6 },
  }
})

test('whole graphs complete on clusters that lose, repeat or forget jobs and stop answering', async (t) => {
  t.timeout(24 * 3_600_000)
  const totals: { [name: string]: number } = {}
  const add = (name: string, count: number) => (totals[name] = (totals[name] ?? 0) + count)
  for (const seed of seeds) {
    const found = await simulate(plan, profile, seed)
    const words =
      `seed ${seed}: ` +
      `${JSON.stringify({ ...found, missing: found.missing.length, wasted: found.wasted.length })}`
    t.deepEqual(found.missing, [], words)
    t.deepEqual(found.twice, [], words)
    // Only a process that outlives its machine's death in the scheduler's eyes can work in vain, and each at
    // most once through its element.
    t.true(found.wasted.length <= wastable(found), `${words} ${found.wasted.slice(0, 5).join(', ')}`)
    for (const [fault, count] of Object.entries({ ...found.struck, ...found.out })) add(fault, count)
    for (const name of ['tasks', 'elements', 'attempts', 'retries', 'kills'] as const) add(name, found[name])
    add('wasted', found.wasted.length)
  }
  t.log(`seeds ${seeds[0]} to ${seeds.at(-1)}, ${shards} shards: ${JSON.stringify(totals)}`)
  if (seeds.length >= 8)
    for (const fault of ['preempted', 'node_lost', 'element_lost', 'job_lost', 'answer_lost', 'silent'])
      t.true((totals[fault] ?? 0) > 0, `${fault} never happened`)
})

function wastable({ struck, elements, tasks }: Simulated): number {
  return struck.zombie === 0 ? 0 : struck.zombie * Math.ceil((2 * tasks) / elements)
}
