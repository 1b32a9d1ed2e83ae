import test from 'ava'
import { Random } from '../../../src/core/random.js'
import { openHighest } from '../../../src/math/nearest/highest.js'

const width = 384
const random = new Random('threads')
const numbers = Float32Array.from({ length: 2100 * width }, () => 2 * random.unit() - 1)

test('fewer rows than columns: the number of threads changes no bit of a score', async (t) => {
  for (const [rows, count] of [[31, 128], [100, 200], [200, 300], [20, 64], [31, 2100]] as const) {
    const table = { centres: numbers.slice(0, count * width), count, bias: new Float32Array(count) }
    const scores = []
    for (const threads of [1, 2, 5]) {
      const highest = await openHighest(width, threads)
      scores.push((await highest.of(numbers.slice(-rows * width), rows, table, 2)).score)
      await highest.close()
    }
    t.deepEqual(scores[1], scores[0], `${rows} rows, ${count} columns, two threads`)
    t.deepEqual(scores[2], scores[0], `${rows} rows, ${count} columns, five threads`)
  }
})
