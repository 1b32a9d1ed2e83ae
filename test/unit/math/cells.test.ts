import test from 'ava'
import { openCells } from '../../../src/math/nearest/cells/cells.js'
import { openGatedCells } from '../../../src/math/nearest/cells/gate.js'
import { openExact } from '../../../src/math/nearest/exact.js'
import { planted } from '../../fakes/planted.js'

const { vectors } = planted({ rows: 3700, width: 24, clusters: 60, noise: 0.5 })
const set = { centres: vectors.slice(0, 3000 * 24), count: 3000, width: 24 }
const probe = { vectors: vectors.slice(3000 * 24), rows: 700 }

async function truth() {
  const exact = await openExact(set, 1)
  const found = await exact.nearest(probe.vectors, probe.rows)
  await exact.close()
  return found
}

test('searching all cells finds what an exact search finds, fewer cells most of it', async (t) => {
  const expected = await truth()
  const cells = await openCells(set, 1)
  cells.setBreadth(cells.cells)
  t.deepEqual(await cells.nearest(probe.vectors, probe.rows), expected)
  cells.setBreadth(Math.ceil(cells.cells / 2))
  const found = await cells.nearest(probe.vectors, probe.rows)
  const hits = found.index.filter((centre, row) => centre === expected.index[row]).length / probe.rows
  t.true(hits > 0.8 && hits <= 1, `${hits}`)
  await cells.close()
})

test("a row's result does not depend on its neighbours, the batch or the threads", async (t) => {
  const one = await openCells(set, 1)
  const two = await openCells(set, 2)
  for (const cells of [one, two]) cells.setBreadth(5)
  const together = await one.nearest(probe.vectors, probe.rows)
  t.deepEqual(await two.nearest(probe.vectors, probe.rows), together)
  const part = await one.nearest(probe.vectors.slice(100 * 24, 117 * 24), 17)
  t.deepEqual(part.index, together.index.slice(100, 117))
  await one.close()
  await two.close()
})

test('the gate takes the fewest cells that suffice, and all of them where nothing less does', async (t) => {
  const expected = await truth()
  const low = await openGatedCells({ set, probe, min_recall: 0.6, threads: 1 })
  const high = await openGatedCells({ set, probe, min_recall: 1, threads: 1 })
  t.true(low.recall >= 0.6 && low.breadth < high.breadth, `${low.breadth} ${high.breadth}`)
  t.is(high.recall, 1)
  t.deepEqual((await high.search.nearest(probe.vectors, probe.rows)).distance, expected.distance)
})

test('few centres, equal centres and an empty batch work', async (t) => {
  const same = { centres: new Float32Array(8 * 24).fill(0.2), count: 8, width: 24 }
  const { search } = await openGatedCells({
    set: same,
    probe: { vectors: probe.vectors.slice(0, 24 * 3), rows: 3 },
    min_recall: 1,
    threads: 1,
  })
  t.deepEqual([...(await search.nearest(probe.vectors.slice(0, 48), 2)).index], [0, 0])
  t.is((await search.nearest(new Float32Array(0), 0)).index.length, 0)
})
