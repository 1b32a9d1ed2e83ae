import test from 'ava'
import { openGatedHnsw } from '../../../src/math/nearest/hnsw/gate.js'
import { openHnsw } from '../../../src/math/nearest/hnsw/hnsw.js'
import { openExact } from '../../../src/math/nearest/exact.js'
import { planted } from '../../fakes/planted.js'

const centres = planted({ rows: 1200, width: 24, clusters: 40, noise: 0.5 })
const set = { centres: centres.vectors, count: 1200, width: 24 }
const probe = planted({ rows: 300, width: 24, clusters: 40, noise: 0.5, seed: 1 })

/** The package is optional and needs a compiler: without it the message is what is tested. */
async function available(): Promise<boolean> {
  try {
    await (await openHnsw({ ...set, count: 1, centres: set.centres.slice(0, 24) })).close()
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'E_HNSW_MISSING') return false
    throw error
  }
}

test('the graph passes the recall that is asked for and repeats', async (t) => {
  if (!(await available())) {
    t.log('skipped: hnswlib-node is not built here')
    const error = await t.throwsAsync(openHnsw(set), { code: 'E_HNSW_MISSING' } as object)
    t.regex((error as unknown as { hint: string }).hint, /npm rebuild hnswlib-node/)
    return
  }
  const exact = await openExact(set, 1)
  const truth = await exact.nearest(probe.vectors, 300)
  await exact.close()
  const gate = { set, probe, least_recall: 0.99, threads: 1 }
  const first = await openGatedHnsw(gate)
  const found = await first.search.nearest(probe.vectors, 300)
  const hits = found.index.filter((centre, row) => centre === truth.index[row]).length
  t.true(first.recall >= 0.99 && hits / 300 >= 0.99)
  const again = await openGatedHnsw(gate)
  t.deepEqual(await again.search.nearest(probe.vectors, 300), found)
})

test('a recall that cannot be reached is refused', async (t) => {
  if (!(await available())) return t.pass('skipped: hnswlib-node is not built here')
  const error = await t.throwsAsync(openGatedHnsw({ set, probe, least_recall: 1.01, threads: 1 }), {
    code: 'E_RECALL_TOO_LOW',
  } as object)
  t.regex(error!.message, /misses too many/)
})
