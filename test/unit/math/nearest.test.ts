import test from 'ava'
import { openExact } from '../../../src/math/nearest/exact.js'
import { nearestBias, openTopK, none } from '../../../src/math/nearest/top-k.js'
import { planted } from '../../fakes/planted.js'

test("a row's result is the same alone, among others, and with any number of threads", async (t) => {
  const data = planted({ rows: 2100, width: 40, clusters: 30, noise: 0.5 })
  const centres = planted({ rows: 300, width: 40, clusters: 30, noise: 0.5, seed: 2 }).vectors
  const table = { centres, count: 300, bias: nearestBias(centres, 300, 40) }
  const one = await openTopK(40, 1)
  const two = await openTopK(40, 2)
  const whole = await one.search(data.vectors, 2100, table)
  t.deepEqual(await two.search(data.vectors, 2100, table), whole)
  for (const [start, end] of [
    [0, 1],
    [7, 9],
    [100, 133],
    [2047, 2100],
  ] as const) {
    const part = await one.search(data.vectors.subarray(start * 40, end * 40), end - start, table)
    t.deepEqual(part.score, whole.score.subarray(start, end))
    t.deepEqual(part.index, whole.index.subarray(start, end))
  }
  await one.close()
  await two.close()
})

test('tables larger than a tile have the same best two as a search without tiles', async (t) => {
  const data = planted({ rows: 50, width: 8, clusters: 50, noise: 1 })
  const centres = planted({ rows: 5000, width: 8, clusters: 50, noise: 1, seed: 3 }).vectors
  const table = { centres, count: 5000, bias: nearestBias(centres, 5000, 8) }
  const topK = await openTopK(8, 1)
  const { index } = await topK.search(data.vectors, 50, table, 2)
  for (let row = 0; row < 50; row++) {
    const scores = Array.from(
      { length: 5000 },
      (_, j) => table.bias[j]! + sum(8, (d) => data.vectors[row * 8 + d]! * centres[j * 8 + d]!),
    )
    const order = scores.map((_, j) => j).sort((a, b) => scores[b]! - scores[a]!)
    t.deepEqual([...index.subarray(2 * row, 2 * row + 2)], order.slice(0, 2))
  }
  await topK.close()
})

test('of equal centres the lowest index is taken, also across tiles', async (t) => {
  const vector = planted({ rows: 1, width: 16, clusters: 1, noise: 0 }).vectors
  const centres = new Float32Array(4200 * 16)
  for (let j = 0; j < 4200; j++) centres.set(j === 0 ? vector.map((value) => -value) : vector, j * 16)
  const search = await openExact({ centres, count: 4200, width: 16 }, 1)
  const { index, distance } = await search.nearest(vector, 1)
  await search.close()
  t.is(index[0], 1)
  t.is(distance[0], 0)
})

test('with fewer centres than requested the rest is left open', async (t) => {
  const vector = planted({ rows: 1, width: 4, clusters: 1, noise: 0 }).vectors
  const topK = await openTopK(4, 1)
  const { index, score } = await topK.search(
    vector,
    1,
    { centres: vector, count: 1, bias: new Float32Array(1) },
    2,
  )
  t.deepEqual([...index], [0, none])
  t.is(score[1], -Infinity)
  await topK.close()
})

function sum(count: number, term: (at: number) => number): number {
  let total = 0
  for (let at = 0; at < count; at++) total += term(at)
  return total
}
