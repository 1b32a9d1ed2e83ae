import test from 'ava'
import {
  type Decision,
  deciding,
  type Fields,
  formerly,
  group,
  int,
  num,
  optional,
  text,
} from '../../../src/core/field.js'
import { namedOptions, renamedOptions } from '../../../src/core/named-options.js'
import { explainPlan } from '../../../src/planner/explain.js'
import { optionEntries, spelled, spellingsOf } from '../../../src/planner/option-entries.js'
import { makePlan } from '../../../src/planner/plan.js'
import { summarise } from '../../../src/planner/comparable-plan.js'
import type { AnyStage } from '../../../src/stages/define.js'
import { builtinStages } from '../../../src/stages/builtin-stages.js'
import { fakeNodes, fakeShard, fakeSurvey, joinFake } from '../../fakes/stages.js'

const doc = 'An option.'
const tuned = group({ rounds: int({ default: 2, doc }), label: optional(text({ doc })) }, { doc })
const before: Fields = { engine: text({ doc }), ridge: num({ default: 0.1, doc }), tuned }
const after: Fields = {
  engine: text({ doc }),
  adapter: group(
    { ridge: formerly('ridge', num({ default: 0.1, doc })), fresh: optional(int({ doc })) },
    { doc },
  ),
  tuned: group({ arguments: formerly('tuned', tuned) }, { doc }),
}
const old = { engine: 'a', ridge: 0.2, tuned: { rounds: 3 } }
const now = { engine: 'a', adapter: { ridge: 0.2 }, tuned: { arguments: { rounds: 3 } } }
const entries = (options: Fields, values: object, decision: Decision = 'tasks') =>
  optionEntries({ name: 'fit', options }, { ...values }, decision)

test('options that were renamed and grouped keep the names, values and order of their entries', (t) => {
  t.deepEqual(entries(after, now), entries(before, old))
  t.deepEqual(entries(after, now), [
    { name: 'option fit.engine', value: 'a' },
    { name: 'option fit.ridge', value: 0.2 },
    { name: 'option fit.tuned', value: { rounds: 3 } },
  ])
  t.deepEqual(
    entries(after, { ...now, adapter: { ridge: 0.2, fresh: 1 } }).map(({ name }) => name),
    ['option fit.adapter.fresh', 'option fit.engine', 'option fit.ridge', 'option fit.tuned'],
  )
})

test('an option decides every task unless it says otherwise, and a group speaks for its members', (t) => {
  const fields = {
    ...after,
    ...deciding(({ engine }) => (engine === 'a' ? 'params' : 'nothing'), { adapter: after.adapter! }),
    ...deciding('nothing', {
      threads: int({ default: 1, doc }),
      seed: { ...int({ doc }), decides: 'tasks' },
    }),
  } satisfies Fields
  const values = { ...now, threads: 4, seed: 1 }
  const names = (decision: Decision, engine = 'a') =>
    entries(fields, { ...values, engine }, decision).map(({ name }) => name)
  t.deepEqual(names('tasks'), ['option fit.engine', 'option fit.seed', 'option fit.tuned'])
  t.deepEqual(names('params'), ['option fit.ridge'])
  t.deepEqual(names('nothing'), ['option fit.threads'])
  t.deepEqual(names('params', 'b'), [])
})

test('messages call an entry as its option is spelled', (t) => {
  const spellings = spellingsOf({ name: 'fit', options: after })
  t.deepEqual(
    spelled(spellings, entries(after, now)).map(({ name }) => name),
    ['option fit.engine', 'option fit.adapter.ridge', 'option fit.tuned.arguments'],
  )
})

test('earlier spellings lead to the present ones, and what is an option today is not among them', (t) => {
  t.deepEqual(Object.fromEntries(renamedOptions(after)), {
    ridge: 'adapter.ridge',
    'tuned.rounds': 'tuned.arguments.rounds',
    'tuned.label': 'tuned.arguments.label',
  })
  const twice = { first: formerly('second', formerly('third', int({ doc }))) }
  t.deepEqual(Object.fromEntries(renamedOptions(twice)), { third: 'first', second: 'first' })
  t.is(twice.first.fingerprint, 'third')
})

test('a plan with options by their new names is explained against a lock with the old ones', (t) => {
  const planOf = (options: Fields, values: { [option: string]: unknown }) =>
    makePlan(
      {
        name: 'm',
        nodes: fakeNodes({}).map((node) =>
          node.name === 'cluster'
            ? { ...node, stage: { ...(joinFake as unknown as AnyStage), options }, options: values }
            : node,
        ),
        evaluation: {},
      },
      fakeSurvey(fakeShard('a.tar')),
    )
  const was = planOf(before, old)
  const renamed = planOf(after, now)
  t.deepEqual(
    renamed.stages.map(({ fingerprint }) => fingerprint),
    was.stages.map(({ fingerprint }) => fingerprint),
  )
  const changed = planOf(after, { ...now, adapter: { ridge: 0.3 }, tuned: { arguments: { rounds: 4 } } })
  const [reason] = explainPlan(changed, new Set(), summarise(was)).filter(({ node }) => node === 'cluster')
  t.deepEqual(
    reason?.differences.map(({ name }) => name),
    ['option cluster.adapter.ridge', 'option cluster.tuned.arguments'],
  )
  t.is(reason?.reason, 'option cluster.adapter.ridge 0.2 → 0.3, option cluster.tuned.arguments.rounds 3 → 4')
})

for (const stage of builtinStages.all)
  test(`no two options of ${stage.name} share a name, and no earlier spelling is taken`, (t) => {
    const names = namedOptions(stage.options).map(({ name }) => name)
    t.is(new Set(names).size, names.length)
    const spelt = new Set(namedOptions(stage.options).map(({ path }) => path.join('.')))
    t.deepEqual(
      [...renamedOptions(stage.options).keys()].filter((was) => spelt.has(was)),
      [],
    )
  })
