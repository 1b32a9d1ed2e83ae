import test from 'ava'
import { Random } from '../../../src/core/random.js'
import { openHighest } from '../../../src/math/nearest/highest.js'

const width = 384
const random = new Random('threads')
const numbers = Float32Array.from({ length: 2100 * width }, () => 2 * random.unit() - 1)

test('fewer rows than columns: the number of threads changes no bit of a score', async (t) => {
  const one = await openHighest(width, 1)
  const two = await openHighest(width, 2)
  const five = await openHighest(width, 5)
  for (const [rows, count] of [[31, 128], [100, 200], [200, 300], [20, 64], [31, 2100], [1500, 70]] as const) {
    const table = { centres: numbers.slice(0, count * width), count, bias: new Float32Array(count) }
    const vectors = numbers.slice(-rows * width)
    const alone = await one.of(vectors, rows, table, 2)
    for (const [threads, highest] of [['two', two], ['five', five]] as const) {
      const { index, score } = await highest.of(vectors, rows, table, 2)
      t.deepEqual(Array.from(score), Array.from(alone.score), `${rows} rows, ${count} columns, ${threads} threads`)
      t.deepEqual(Array.from(index), Array.from(alone.index))
    }
  }
  await Promise.all([one.close(), two.close(), five.close()])
})
