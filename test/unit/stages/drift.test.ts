import test from 'ava'
import { encodeAssignments } from '../../../src/io/tables/assignments.js'
import { DistanceHistogram } from '../../../src/math/quality/histogram.js'
import { quantilesOf } from '../../../src/math/quality/quantiles.js'
import type { Drift } from '../../../src/artefacts/drift.js'
import { drift } from '../../../src/stages/drift/spec.js'
import { qualityDocument } from '../../fakes/documents.js'
import { fakeArtefact, fakeSplit, fakeTask, runFake } from '../../fakes/task-context.js'

const spread = (rows: number, from: number, to: number) =>
  Float32Array.from({ length: rows }, (_, i) => from + ((to - from) * i) / (rows - 1))
const fitted = quantilesOf(spread(1000, 0.4, 0.8))!

/** Two experts that held 600 and 400 rows, all between 0.4 and 0.8 from their centres. */
const centres = fakeArtefact(
  'cluster',
  {
    'quality.json': Buffer.from(
      JSON.stringify({ ...qualityDocument, distance: { all: fitted, by_expert: [fitted, fitted] } }),
    ),
    'experts.json': Buffer.from(
      JSON.stringify({ fine_to_expert: [0, 1], fine_population: [600, 400], expert_population: [600, 400] }),
    ),
  },
  8,
)

async function driftOf(
  ...shards: { distance: Float32Array; expert: (row: number) => number; invalid?: number }[]
) {
  const assignments = shards.map(({ distance, expert, invalid = 0 }, at) => {
    const length = distance.length
    const reason = Array.from({ length }, (_, row) => (row < invalid ? 'vector_zero' : null))
    const bytes = encodeAssignments({
      length,
      fine: new Uint32Array(length),
      expert: Uint16Array.from({ length }, (_, row) => expert(row)),
      distance,
      reason,
    })
    return fakeArtefact('assign', { 'assignments.arrow': bytes }, length, [fakeSplit(`shard ${at}`)])
  })
  const task = fakeTask({ options: { most_beyond: 0.03 }, takes: { assignments, centres: [centres] } })
  await runFake(drift, task.context)
  return { ...task, report: JSON.parse(Buffer.from(task.files.get('drift.json')!).toString()) as Drift }
}

const asBefore = (row: number) => (row % 5 < 3 ? 0 : 1)

test('rows distributed as before need no change', async (t) => {
  const { report, accounting } = await driftOf({
    distance: spread(1000, 0.4, 0.8),
    expert: asBefore,
    invalid: 10,
  })
  t.is(report.advice, 'keep')
  t.true(Math.abs(report.beyond - 0.01) < 0.003, `${report.beyond}`)
  t.true(report.shift < 0.01)
  t.deepEqual(accounting, { rows_in: 1000, rows_out: 990, expanded: 0, dropped: { vector_invalid: 10 } })
})

test('some rows that fit no expert call for a new one, and their shard is named', async (t) => {
  const { report, notes } = await driftOf(
    { distance: spread(900, 0.4, 0.8), expert: asBefore },
    { distance: spread(100, 1, 1.2), expert: asBefore },
  )
  t.is(report.advice, 'add_expert')
  t.true(Math.abs(report.beyond - 0.11) < 0.01, `${report.beyond}`)
  t.deepEqual([report.shards[0]!.shard, report.shards[0]!.beyond], [fakeSplit('shard 1').shard.id, 1])
  t.is(notes['advice'], 'add_expert')
})

test('rows that are all farther away, or all at one expert, call for new clusters', async (t) => {
  const far = await driftOf({ distance: spread(1000, 0.7, 1.1), expert: asBefore })
  t.is(far.report.advice, 'cluster_again')
  const moved = await driftOf({ distance: spread(1000, 0.4, 0.8), expert: () => 1 })
  t.is(moved.report.advice, 'cluster_again')
  t.is(moved.report.shift, 0.6)
  t.regex(moved.report.because[0]!, /60 %/)
})

test('rows of a later expert fitted none of the earlier ones', async (t) => {
  const { report } = await driftOf({
    distance: spread(1000, 0.4, 0.8),
    expert: (row) => (row % 10 === 0 ? 2 : asBefore(row)),
  })
  t.true(report.beyond > 0.1)
  t.deepEqual(
    [report.by_expert[2]!.share, report.by_expert[2]!.beyond, report.by_expert[2]!.before],
    [0.1, 1, null],
  )
})

test('without rows there is nothing to advise', async (t) => {
  const { report } = await driftOf()
  t.like(report, { rows: 0, advice: 'keep' })
})

test('the histogram’s quantiles are those of the values, in any order and in parts', (t) => {
  const values = spread(5000, 0.1, 1.9).map((value, at) => (at % 7 === 0 ? value / 2 : value))
  const [whole, odd, even] = [new DistanceHistogram(), new DistanceHistogram(), new DistanceHistogram()]
  values.forEach((value, at) => (whole.add(value), (at % 2 ? odd : even).add(value)))
  odd.merge(even)
  t.deepEqual(odd.quantiles(), whole.quantiles())
  const exact = quantilesOf(values)!
  for (const [name, value] of Object.entries(whole.quantiles()!))
    t.true(Math.abs(value - exact[name as 'p50']) < 0.0006, name)
})
