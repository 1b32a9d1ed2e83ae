import test from 'ava'
import { differences, fingerprinter } from '../../../src/planner/fingerprint.js'
import { explainPlan } from '../../../src/planner/explain.js'
import { makePlan } from '../../../src/planner/plan.js'
import { summarise } from '../../../src/planner/comparable-plan.js'
import type { Plan, SurveyedShard } from '../../../src/planner/types.js'
import { fakeNodes, fakeShard, fakeSurvey } from '../../fakes/stages.js'

const plan = (shards: SurveyedShard[], options = {}): Plan =>
  makePlan({ name: 'm', nodes: fakeNodes(options), evaluation: {} }, fakeSurvey(...shards))
const a = fakeShard('a.tar')
const b = fakeShard('b.tar')
const fingerprints = (of: Plan, stage: string) =>
  of.stages.find(({ node }) => node === stage)?.tasks.map((task) => task.fingerprint) ?? []
const allOf = (of: Plan) => new Set(of.stages.flatMap((stage) => stage.tasks.map((task) => task.fingerprint)))

test('the order of a listing and the path of a file change no fingerprint', (t) => {
  const moved = { ...a, uri: 'elsewhere/a.tar' }
  t.deepEqual(allOf(plan([a, b])), allOf(plan([b, moved])))
})

test('an added shard leaves the tasks of the others alone and changes what depends on all', (t) => {
  const before = plan([a])
  const after = plan([a, b])
  for (const stage of ['ingest', 'embed'])
    t.true(fingerprints(before, stage).every((id) => fingerprints(after, stage).includes(id)))
  t.notDeepEqual(fingerprints(before, 'cluster'), fingerprints(after, 'cluster'))
})

test('an option changes its stage and the later ones, nothing before it', (t) => {
  const before = plan([a, b])
  const after = plan([a, b], { fine: 2 })
  t.deepEqual(fingerprints(before, 'embed'), fingerprints(after, 'embed'))
  t.notDeepEqual(fingerprints(before, 'cluster'), fingerprints(after, 'cluster'))
})

test('two shards with the same bytes are two shards', (t) => {
  const twin = plan([a, { ...a, uri: 'copy.tar' }])
  t.is(new Set(twin.shards.map((shard) => shard.id)).size, 2)
  t.is(new Set(fingerprints(twin, 'ingest')).size, 2)
})

test('a parquet shard is cut between row groups, none of them larger than the limit allows', (t) => {
  const groups = Array.from({ length: 7 }, () => 100_000)
  const big = { ...fakeShard('big.parquet'), format: 'parquet' as const, rows: 700_000, row_groups: groups }
  const { splits } = plan([big])
  t.deepEqual(
    splits.map((split) => [split.row_start, split.row_end]),
    [
      [0, 200_000],
      [200_000, 400_000],
      [400_000, 600_000],
      [600_000, 700_000],
    ],
  )
  t.is(new Set(splits.map((split) => split.id)).size, 4)
})

test('reasons name the changed entries', (t) => {
  const before = plan([a, b])
  const reasons = (after: Plan) =>
    explainPlan(after, allOf(before), summarise(before)).map(
      (stage) => `${stage.node}: ${stage.reason} ${stage.to_run}/${stage.tasks}`,
    )
  t.deepEqual(reasons(plan([a, b])), ['ingest: reused 0/2', 'embed: reused 0/2', 'cluster: reused 0/1'])
  t.deepEqual(reasons(plan([a, b], { fine: 2 })), [
    'ingest: reused 0/2',
    'embed: reused 0/2',
    'cluster: option cluster.fine 1 → 2 1/1',
  ])
  t.deepEqual(reasons(plan([a, b], { suffix: '?' })), [
    'ingest: option ingest.suffix ! → ? 2/2',
    'embed: ingest changed (option ingest.suffix ! → ?) 2/2',
    'cluster: embed changed (option ingest.suffix ! → ?) 1/1',
  ])
  t.deepEqual(reasons(plan([a, fakeShard('b.tar', 'sha256:other')])), [
    'ingest: input changed: b.tar 1/2',
    'embed: input changed: b.tar 1/2',
    'cluster: embed changed (input changed: b.tar) 1/1',
  ])
  t.deepEqual(reasons(plan([a, b, fakeShard('c.tar')])), [
    'ingest: input added: c.tar 1/3',
    'embed: input added: c.tar 1/3',
    'cluster: embed changed (input added: c.tar) 1/1',
  ])
})

test('without an earlier run everything is new; after a kill the rest is unfinished', (t) => {
  const now = plan([a, b])
  t.deepEqual(
    explainPlan(now, new Set(), undefined).map((stage) => stage.reason),
    ['new', 'new', 'new'],
  )
  const half = new Set(fingerprints(now, 'ingest'))
  t.deepEqual(
    explainPlan(now, half, summarise(now)).map((stage) => stage.reason),
    ['reused', 'not finished', 'not finished'],
  )
})

test('differences are found by name, whatever the order of a group’s members', (t) => {
  const before = [
    { name: 'x', value: { a: 1, b: 2 } },
    { name: 'gone', value: 1 },
  ]
  t.deepEqual(differences(before, [{ name: 'x', value: { b: 2, a: 1 } }]), [
    { name: 'gone', before: 1, after: undefined },
  ])
  const fingerprintOf = fingerprinter([])
  t.is(
    fingerprintOf([{ name: 'x', value: { a: 1, b: 2 } }]),
    fingerprintOf([{ name: 'x', value: { b: 2, a: 1 } }]),
  )
  t.not(fingerprintOf([{ name: 'x', value: 1 }]), fingerprintOf([{ name: 'y', value: 1 }]))
})
