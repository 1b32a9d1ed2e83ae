import anyTest from 'ava'
import { openGatedHnsw } from '../../../src/math/nearest/hnsw/gate.js'
import { openHnsw } from '../../../src/math/nearest/hnsw/hnsw.js'
import { openExact } from '../../../src/math/nearest/exact.js'
import { planted } from '../../fakes/planted.js'
import { requirements, testWith } from '../../requires.js'

const centres = planted({ rows: 1200, width: 24, clusters: 40, noise: 0.5 })
const set = { centres: centres.vectors, count: 1200, width: 24 }
const probe = planted({ rows: 300, width: 24, clusters: 40, noise: 0.5, seed: 1 })

const test = testWith([requirements.hnswlib])

if (!test.available)
  anyTest('without its package the search names the command that builds it', async (t) => {
    const error = await t.throwsAsync(openHnsw(set), { code: 'E_HNSW_MISSING' } as object)
    t.regex((error as unknown as { hint: string }).hint, /npm rebuild hnswlib-node/)
  })

test('the graph reaches the requested recall and is reproducible', async (t) => {
  const exact = await openExact(set, 1)
  const truth = await exact.nearest(probe.vectors, 300)
  await exact.close()
  const gate = { set, probe, min_recall: 0.99, threads: 1 }
  const first = await openGatedHnsw(gate)
  const found = await first.search.nearest(probe.vectors, 300)
  const hits = found.index.filter((centre, row) => centre === truth.index[row]).length
  t.true(first.recall >= 0.99 && hits / 300 >= 0.99)
  const again = await openGatedHnsw(gate)
  t.deepEqual(await again.search.nearest(probe.vectors, 300), found)
})

test('a recall that cannot be reached is refused', async (t) => {
  const error = await t.throwsAsync(openGatedHnsw({ set, probe, min_recall: 1.01, threads: 1 }), {
    code: 'E_RECALL_TOO_LOW',
  } as object)
  t.regex(error!.message, /misses too many/)
})
