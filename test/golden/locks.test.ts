import test from 'ava'
import { explainPlan } from '../../src/planner/explain.js'
import { summaryOfLock } from '../../src/planner/lock.js'
import { goldenLock, goldenPlans, planGolden } from '../fakes/golden-plan.js'

/** What the report looks like may change with every version, and nothing comes after it. */
const pinned = goldenLock.stages.filter(({ stage }) => stage !== 'report')

test('the quickstart finds every task of an earlier version', async (t) => {
  const plan = await planGolden({ manifest: 'quickstart' })
  for (const { node, tasks } of pinned) {
    const now = plan.stages.find((stage) => stage.node === node)?.tasks ?? []
    t.deepEqual(
      now.map(({ key, fingerprint }) => [key, fingerprint]),
      tasks.list?.map(({ key, fingerprint }) => [key, fingerprint]),
      node,
    )
  }
})

test('nothing that its lock pins has another name or value', async (t) => {
  const plan = await planGolden({ manifest: 'quickstart' })
  for (const locked of pinned) {
    const entries = plan.stages.find((stage) => stage.node === locked.node)?.entries ?? []
    t.deepEqual(
      Object.fromEntries(entries.map(({ name, value }) => [name, value])),
      locked.pinned,
      locked.node,
    )
  }
  const done = new Set(plan.stages.flatMap((stage) => stage.tasks.map((task) => task.fingerprint)))
  const reasons = explainPlan(plan, done, summaryOfLock(goldenLock, goldenLock.inputs.list ?? []))
  t.deepEqual(
    reasons.flatMap(({ node, reason, differences }) =>
      node === 'report' ? [] : [[node, reason, differences.length]],
    ),
    pinned.map(({ node }) => [node, 'reused', 0]),
  )
})

test('a changed option is explained against that lock as it is spelled today', async (t) => {
  const plan = await planGolden({ manifest: 'quickstart', set: ['train.adapter.ridge=0.1'] })
  const before = summaryOfLock(goldenLock, goldenLock.inputs.list ?? [])
  const reason = explainPlan(plan, new Set(), before).find(({ node }) => node === 'train')
  t.is(reason?.reason, 'option train.adapter.ridge 0.08 → 0.1')
  t.deepEqual(reason?.differences, [{ name: 'option train.adapter.ridge', before: 0.08, after: 0.1 }])
})

for (const golden of goldenPlans)
  test(`tasks have the fingerprints of an earlier version: ${golden.name}`, async (t) => {
    const plan = await planGolden(golden)
    t.deepEqual(
      Object.fromEntries(
        plan.stages.flatMap(({ node, stage, fingerprint }) =>
          stage === 'report' ? [] : [[node, fingerprint]],
        ),
      ),
      golden.stages,
    )
  })
