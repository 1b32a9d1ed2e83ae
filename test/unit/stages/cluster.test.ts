import test from 'ava'
import { memorySource } from '../../../src/io/source.js'
import { openNpy } from '../../../src/io/npy.js'
import type { Quality } from '../../../src/artefacts/quality.js'
import { cluster } from '../../../src/stages/cluster/spec.js'
import type { Options } from '../../../src/stages/cluster/options.js'
import { fitKmeans } from '../../../src/math/kmeans/fit.js'
import type { Points } from '../../../src/math/points.js'
import { readSample } from '../../../src/stages/cluster/sample.js'
import { temporaryFolder } from '../../fakes/folder.js'
import { planted, plantedArtefacts } from '../../fakes/planted.js'
import { fakeTask, runFake } from '../../fakes/task-context.js'

const options: Options = {
  fine: 12,
  experts: 3,
  steps: 'two',
  sample_rows: 100000,
  max_cluster_ratio: 2,
  seed: 17,
  spherical: false,
  epochs: 1,
  passes: 5,
  from: undefined,
  new_expert_fine: undefined,
  fit_parts: undefined,
}
const data = planted({ rows: 3000, width: 24, clusters: 12, noise: 0.15 })

async function fit(changes: Partial<Options> = {}, takes = plantedArtefacts(data, 4), threads = 1) {
  const task = fakeTask({ options: { ...options, ...changes }, takes, threads })
  await runFake(cluster, { ...task.context, kind: 'fit' })
  const text = (name: string) => Buffer.from(task.files.get(name)!).toString()
  return {
    ...task,
    quality: JSON.parse(text('quality.json')) as Quality,
    experts: JSON.parse(text('experts.json')),
  }
}

test('the stage writes centres, the map to experts and their quality', async (t) => {
  const { files, quality, experts } = await fit()
  const fine = await openNpy(memorySource('fine', files.get('fine.npy')!))
  const coarse = await openNpy(memorySource('coarse', files.get('coarse.npy')!))
  t.deepEqual(fine.shape, [12, 24])
  t.deepEqual(coarse.shape, [3, 24])
  t.is(experts.fine_to_expert.length, 12)
  t.deepEqual([...new Set(experts.fine_to_expert as number[])].sort(), [0, 1, 2])
  t.is(
    experts.fine_population.reduce((a: number, b: number) => a + b),
    3000,
  )
  t.true(quality.balance.experts.assigned.max_over_mean <= 2)
  t.true(quality.silhouette.fine > 0.3, `${quality.silhouette.fine}`)
  t.true(quality.stability!.fine > 0.9, `${quality.stability!.fine}`)
  t.regex(quality.fine_words[0]!.words[0]!.word, /^word\d+$/)
  t.is(quality.map.fine.length, 12)
})

test('order of shards and number of threads change no byte', async (t) => {
  const first = await fit()
  const { vectors, samples } = plantedArtefacts(data, 4)
  const other = await fit(
    {},
    { vectors: vectors.toReversed(), samples: [samples[2]!, samples[0]!, samples[3]!, samples[1]!] },
    2,
  )
  t.is(first.files.size, 4)
  for (const [name, bytes] of first.files) t.deepEqual(other.files.get(name), bytes, name)
})

test('hold-out and invalid rows are left out and counted', async (t) => {
  const takes = plantedArtefacts(data, 3, {
    holdout: (row) => row % 10 === 0,
    invalid: (row) => row % 100 === 7,
  })
  const { accounting, quality } = await fit({}, takes)
  t.deepEqual(accounting, {
    rows_in: 3000,
    rows_out: 2670,
    expanded: 0,
    dropped: { holdout: 300, vector_invalid: 30 },
  })
  t.is(quality.rows.sampled, 2670)
})

test('a sample is no larger than asked for, and the rest is accounted for', async (t) => {
  const { accounting } = await fit({ sample_rows: 1500 })
  t.is(accounting.rows_out, 1500)
  t.is(accounting.dropped.not_sampled, 1500)
})

test('with one step every fine cluster is an expert', async (t) => {
  const { experts, files } = await fit({ steps: 'one', experts: 5 })
  t.deepEqual(experts.fine_to_expert, [0, 1, 2, 3, 4])
  t.deepEqual(files.get('fine.npy'), files.get('coarse.npy'))
})

test('fewer vectors than clusters, and fewer distinct ones, are named', async (t) => {
  const few = plantedArtefacts(planted({ rows: 8, width: 24, clusters: 2, noise: 0.1 }), 2)
  const error = await t.throwsAsync(fit({}, few), { code: 'E_TOO_FEW_POINTS' } as object)
  t.regex(error!.message, /8 vectors cannot make 12 clusters/)
  const same = plantedArtefacts(planted({ rows: 300, width: 24, clusters: 3, noise: 0 }), 2)
  await t.throwsAsync(fit({}, same), {
    code: 'E_TOO_FEW_DISTINCT_POINTS',
    message: /only 3 of 300/,
  } as object)
})

test('vectors that are not of unit length are refused with their row', async (t) => {
  const bad = {
    ...data,
    vectors: data.vectors.map((value, at) => (Math.floor(at / 24) === 2999 ? 2 * value : value)),
  }
  await t.throwsAsync(fit({}, plantedArtefacts(bad, 1)), { code: 'E_VECTOR_NOT_UNIT' } as object)
  const nan = { ...data, vectors: data.vectors.map((value, at) => (at === 24 * 5 ? Number.NaN : value)) }
  await t.throwsAsync(fit({}, plantedArtefacts(nan, 1)), { code: 'E_VECTOR_NOT_UNIT' } as object)
})

test('a sample on scratch is the sample in memory, row for row', async (t) => {
  const takes = plantedArtefacts(data, 3, { holdout: (row) => row % 10 === 0 })
  const context = { ...fakeTask({ options }).context, scratch: await temporaryFolder(t) }
  const memory = await readSample(takes, { sample_rows: 2500, seed: 3 }, context)
  const spooled = await readSample(takes, { sample_rows: 2500, seed: 3 }, context, 0)
  t.is(spooled.rows, memory.rows)
  t.deepEqual(spooled.captions, memory.captions)
  const all = await memory.points.read(0, memory.rows)
  t.deepEqual([...(await spooled.points.read(0, memory.rows))], [...all])
  t.deepEqual([...(await spooled.points.read(1200, 1201))], [...all.subarray(1200 * 24, 1201 * 24)])
  const fit = (points: Points) =>
    fitKmeans(points, {
      clusters: 12,
      seed: 1,
      epochs: 1,
      passes: 3,
      spherical: false,
      max_ratio: 1.5,
      threads: 1,
    })
  t.deepEqual((await fit(spooled.points)).centres, (await fit(memory.points)).centres)
  spooled.points.close()
})
