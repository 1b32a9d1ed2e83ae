import test from 'ava'
import { Random } from '../../../src/core/random.js'
import { openExact } from '../../../src/math/nearest/exact.js'
import { openFiltered } from '../../../src/math/nearest/filtered.js'
import { openTopK } from '../../../src/math/nearest/top-k.js'

const width = 384
const random = new Random('threads')
const numbers = Float32Array.from({ length: 2100 * width }, () => 2 * random.unit() - 1)

test('with fewer rows than columns the number of threads changes no bit of a score', async (t) => {
  const one = await openTopK(width, 1)
  const two = await openTopK(width, 2)
  const five = await openTopK(width, 5)
  for (const [rows, count] of [
    [31, 128],
    [100, 200],
    [200, 300],
    [20, 64],
    [31, 2100],
    [1500, 70],
  ] as const) {
    const table = { centres: numbers.slice(0, count * width), count, bias: new Float32Array(count) }
    const vectors = numbers.slice(-rows * width)
    const alone = await one.search(vectors, rows, table, 2)
    for (const [threads, topK] of [
      ['two', two],
      ['five', five],
    ] as const) {
      const { index, score } = await topK.search(vectors, rows, table, 2)
      t.deepEqual(
        Array.from(score),
        Array.from(alone.score),
        `${rows} rows, ${count} columns, ${threads} threads`,
      )
      t.deepEqual(Array.from(index), Array.from(alone.index))
    }
  }
  await Promise.all([one.close(), two.close(), five.close()])
})

test('many chunks per thread get their own answers, with and without shared memory', async (t) => {
  const narrow = 24
  const rows = 30_011
  const random = new Random('pieces')
  const vectors = Float32Array.from({ length: rows * narrow }, () => 2 * random.unit() - 1)
  const shared = new Float32Array(new SharedArrayBuffer(vectors.byteLength))
  shared.set(vectors)
  const set = { centres: vectors.slice(0, 60 * narrow), count: 60, width: narrow }
  for (const open of [openExact, openFiltered]) {
    const one = await open(set, 1)
    const two = await open(set, 2)
    const alone = await one.nearest(vectors, rows)
    for (const given of [vectors, shared]) {
      const { index, distance } = await two.nearest(given, rows)
      t.deepEqual(Array.from(index), Array.from(alone.index), open.name)
      t.deepEqual(Array.from(distance), Array.from(alone.distance), open.name)
    }
    await Promise.all([one.close(), two.close()])
  }
})
