import test from 'ava'
import { memoryStore } from '../../../src/io/store/memory.js'
import { makeLock, type FinishedTask } from '../../../src/planner/lock.js'
import { makePlan } from '../../../src/planner/plan.js'
import type { Plan } from '../../../src/planner/types.js'
import type { Prepared } from '../../../src/runner/prepare.js'
import { summaryOfIdleRun } from '../../../src/runner/result.js'
import { stageRegistry } from '../../../src/stages/stage-registry.js'
import { fakeNodes, fakeShard, fakeSurvey } from '../../fakes/stages.js'

const plan = (fine = 1): Plan =>
  makePlan(
    { name: 'm', nodes: fakeNodes({ fine }), evaluation: {} },
    fakeSurvey(fakeShard('a.tar'), fakeShard('b.tar')),
  )
const prepared = (of: Plan) =>
  ({
    path: 'm.yaml',
    plan: of,
    setup: { store: 'store', log_level: 'warn' },
    stages: stageRegistry(fakeNodes().map(({ stage }) => stage)),
  }) as Prepared

function lockOf(of: Plan) {
  const finished = of.stages.flatMap((stage) =>
    stage.tasks.map(({ key, fingerprint }): [string, FinishedTask] => [
      fingerprint,
      {
        key,
        fingerprint,
        files: [{ name: 'x', size: 3, sha256: fingerprint }],
        accounting: { rows_in: 5, rows_out: 4, dropped: { empty: 1 } },
        inputs: {},
      },
    ]),
  )
  return makeLock(of, new Map(finished)).lock
}

test('the result of a run that finds everything done comes from its lock', async (t) => {
  const result = await summaryOfIdleRun(prepared(plan()), memoryStore(), lockOf(plan()))
  t.deepEqual(
    result?.stages.map(({ stage, tasks, executed, reused, rows_in, rows_out, dropped }) => [
      stage,
      tasks,
      executed,
      reused,
      rows_in,
      rows_out,
      dropped.empty,
    ]),
    [
      ['ingest', 2, 0, 2, 10, 8, 2],
      ['embed', 2, 0, 2, 10, 8, 2],
      ['cluster', 1, 0, 1, 5, 4, 1],
    ],
  )
})

test('the lock of another plan is ignored', async (t) => {
  t.is(await summaryOfIdleRun(prepared(plan(2)), memoryStore(), lockOf(plan(1))), undefined)
  const { stages, ...rest } = lockOf(plan())
  t.is(
    await summaryOfIdleRun(prepared(plan()), memoryStore(), { ...rest, stages: stages.slice(1) }),
    undefined,
  )
})
