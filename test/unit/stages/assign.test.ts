import test from 'ava'
import { encodeNpy } from '../../../src/io/npy.js'
import { decodeAssignments } from '../../../src/io/tables/assignments.js'
import type { Options } from '../../../src/stages/assign/options.js'
import { assign } from '../../../src/stages/assign/spec.js'
import { searchFor } from '../../../src/stages/assign/search.js'
import { planted, plantedArtefacts } from '../../fakes/planted.js'
import { fakeArtefact, fakeTask, runFake } from '../../fakes/task-context.js'

const data = planted({ rows: 500, width: 16, clusters: 6, noise: 0.2 })
const centres = planted({ rows: 40, width: 16, clusters: 6, noise: 0.2, seed: 2 })
const options: Options = { search: 'exact', min_recall: 0.999, by: 'nearest', seed: 17 }

function centresArtefact(width = 16, map = Array.from({ length: 40 }, (_, fine) => fine % 3)) {
  const experts = JSON.stringify({
    fine_to_expert: map,
    fine_population: map.map(() => 1),
    expert_population: [14, 13, 13],
  })
  return fakeArtefact(
    'cluster',
    {
      'fine.npy': encodeNpy(centres.vectors, [(40 * 16) / width, width]),
      'coarse.npy': encodeNpy(centres.vectors.slice(0, 3 * width), [3, width]),
      'experts.json': Buffer.from(experts),
    },
    40,
  )
}

async function assignRows(
  changes: Partial<Options> = {},
  takes = plantedArtefacts(data, 1, { invalid: (row) => row === 3 }),
  artefact = centresArtefact(),
  threads = 1,
) {
  const split = takes.vectors[0]!.splits
  const task = fakeTask({
    options: { ...options, ...changes },
    takes: { vectors: takes.vectors, centres: [artefact] },
    splits: split,
    threads,
  })
  await runFake(assign, task.context)
  const bytes = task.files.get('assignments.arrow')!
  return { ...task, bytes, rows: decodeAssignments(bytes) }
}

function nearest(row: number): { fine: number; distance: number } {
  let best = { fine: -1, distance: Infinity }
  for (let fine = 0; fine < 40; fine++) {
    let sum = 0
    for (let t = 0; t < 16; t++) sum += (data.vectors[row * 16 + t]! - centres.vectors[fine * 16 + t]!) ** 2
    if (Math.sqrt(sum) < best.distance) best = { fine, distance: Math.sqrt(sum) }
  }
  return best
}

test('every row gets its nearest fine centre, its expert and the distance', async (t) => {
  const { rows, accounting } = await assignRows()
  t.is(rows.length, 500)
  for (let row = 0; row < 500; row++) {
    if (row === 3) continue
    const { fine, distance } = nearest(row)
    t.is(rows.fine[row], fine)
    t.is(rows.expert[row], fine % 3)
    t.true(Math.abs(rows.distance[row]! - distance) < 1e-6)
  }
  t.is(rows.reason[3], 'vector_not_finite')
  t.is(rows.reason[4], null)
  t.deepEqual(accounting, { rows_in: 500, rows_out: 500, expanded: 0, dropped: {} })
})

test("threads change no byte, and a row's result does not depend on its position", async (t) => {
  const whole = await assignRows()
  t.deepEqual((await assignRows({}, undefined, undefined, 2)).bytes, whole.bytes)
  const part = await assignRows(
    {},
    plantedArtefacts({ ...data, rows: 17, vectors: data.vectors.subarray(0, 17 * 16) }, 1),
  )
  t.deepEqual(part.rows.fine.subarray(4, 17), whole.rows.fine.subarray(4, 17))
})

test('random experts ignore the clusters but are reproducible', async (t) => {
  const first = await assignRows({ by: 'random' })
  t.deepEqual((await assignRows({ by: 'random' })).bytes, first.bytes)
  t.notDeepEqual((await assignRows({ by: 'random', seed: 18 })).bytes, first.bytes)
  const sizes = [0, 1, 2].map((expert) => first.rows.expert.filter((found) => found === expert).length)
  for (const size of sizes) t.true(size > 120 && size < 220, `${size}`)
})

test('centres of another width, and a map that does not fit, are refused', async (t) => {
  await t.throwsAsync(assignRows({}, undefined, centresArtefact(8)), {
    code: 'E_CENTRES_INCONSISTENT',
  } as object)
  await t.throwsAsync(assignRows({}, undefined, centresArtefact(8, Array(80).fill(0))), {
    code: 'E_VECTOR_WIDTH',
  } as object)
  await t.throwsAsync(assignRows({}, undefined, centresArtefact(16, Array(40).fill(7))), {
    code: 'E_CENTRES_INCONSISTENT',
  } as object)
})

test('auto depends on the sizes alone', (t) => {
  const min_recall = 0.98
  t.is(searchFor({ centres: 1024, rows: 1e9, min_recall }), 'exact')
  t.is(searchFor({ centres: 65536, rows: 1000, min_recall }), 'exact')
  t.is(searchFor({ centres: 65536, rows: 1e6, min_recall }), 'cells')
  t.is(searchFor({ centres: 65536, rows: 1e6, min_recall: 0.999 }), 'exact')
  t.is(searchFor({ centres: 65536, min_recall }), 'cells', 'rows of a tar are not known before reading')
})
