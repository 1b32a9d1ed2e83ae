import test from 'ava'
import type { Artefact } from '../../../src/stages/define.js'
import type { Options } from '../../../src/stages/cluster/options.js'
import { cluster } from '../../../src/stages/cluster/spec.js'
import { planted, plantedArtefacts } from '../../fakes/planted.js'
import { fakeArtefact, fakeTask, runFake } from '../../fakes/task-context.js'

const options: Options = {
  fine: 12,
  experts: 3,
  steps: 'two',
  sample_rows: 1500,
  max_cluster_ratio: null,
  seed: 17,
  spherical: false,
  epochs: 0,
  passes: 3,
  from: undefined,
  new_expert_fine: undefined,
  fit_parts: undefined,
}
const data = planted({ rows: 2000, width: 12, clusters: 12, noise: 0.2 })
const takes = plantedArtefacts(data, 4, { holdout: (row) => row % 10 === 0 })

/**
 * Runs every task of the stage in this process, in the order of the plan, and gives the files of the last.
 */
async function fit(parts: number | undefined) {
  const own = { ...options, fit_parts: parts }
  const splits = takes.vectors.map((artefact) => artefact.splits[0]!)
  const planned = (artefacts: readonly Artefact[]) =>
    artefacts.map(({ key, splits: of }) => ({ key, kind: 'task', splits: of }))
  const upstream = { vectors: planned(takes.vectors), samples: planned(takes.samples) }
  const byKey = (port: 'vectors' | 'samples') =>
    new Map(takes[port].map((artefact) => [artefact.key, artefact]))
  const made = new Map<string, Artefact>()
  let last: ReturnType<typeof fakeTask<Options>> | undefined
  for (const part of cluster.partition({
    options: own,
    splits,
    takes: upstream,
    facts: {},
    evaluation: {},
  })) {
    const ports = { vectors: byKey('vectors'), samples: byKey('samples') }
    const taken = Object.fromEntries(
      Object.entries(part.takes ?? {}).map(([port, keys]) => [
        port,
        keys.map((key) => ports[port as 'vectors'].get(key)!),
      ]),
    )
    last = fakeTask({ options: own, takes: taken })
    await runFake(cluster, {
      ...last.context,
      key: part.key,
      kind: part.kind,
      after: (part.after ?? []).map((key) => made.get(key)!),
    })
    made.set(part.key, {
      ...fakeArtefact('cluster', Object.fromEntries(last.files), last.accounting.rows_out),
      key: part.key,
      kind: part.kind,
    })
  }
  return { ...last!, made }
}

test('a fit in any number of parts has the centres of the fit on one machine', async (t) => {
  const whole = await fit(undefined)
  for (const parts of [1, 3]) {
    const found = await fit(parts)
    for (const name of ['fine.npy', 'coarse.npy', 'experts.json'])
      t.deepEqual(found.files.get(name), whole.files.get(name), `${name} in ${parts} parts`)
    t.deepEqual(found.accounting, whole.accounting)
  }
})

test('options that cannot be fitted in parts are a mistake in the manifest', (t) => {
  const found = cluster.check!({ ...options, fit_parts: 2, epochs: 1, max_cluster_ratio: 2 }, {})
  t.deepEqual(
    found.map(({ option }) => option),
    ['epochs', 'max_cluster_ratio'],
  )
})
