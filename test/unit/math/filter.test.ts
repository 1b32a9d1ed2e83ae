import test from 'ava'
import { Random } from '../../../src/core/random.js'
import { openExact } from '../../../src/math/nearest/exact.js'
import { openFiltered, openGatedFilter } from '../../../src/math/nearest/filtered.js'

/** Rows around directions, as embeddings lie; `length` is that of each row. */
function crowd(name: string, rows: number, width: number, length = 1): Float32Array {
  const random = new Random(name)
  const normal = () => random.unit() + random.unit() + random.unit() + random.unit() - 2
  const themes = Float32Array.from({ length: 40 * width }, normal)
  const vectors = new Float32Array(rows * width)
  for (let row = 0; row < rows; row++) {
    const theme = random.below(40)
    const own = Array.from({ length: width }, (_, t) => themes[theme * width + t]! + 1.5 * normal())
    const scale = length / Math.hypot(...own)
    own.forEach((value, t) => (vectors[row * width + t] = value * scale))
  }
  return vectors
}

async function recall(
  vectors: Float32Array,
  rows: number,
  centres: Float32Array,
  width: number,
): Promise<number> {
  const set = { centres, count: centres.length / width, width }
  const [exact, filter] = [await openExact(set, 1), await openFiltered(set, 1)]
  const [truth, found] = [await exact.nearest(vectors, rows), await filter.nearest(vectors, rows)]
  await Promise.all([exact.close(), filter.close()])
  return found.distance.filter((distance, row) => distance <= truth.distance[row]! + 1e-6).length / rows
}

test('the filter equals an exact search for odd widths, several tiles and any centres', async (t) => {
  for (const [width, count] of [
    [7, 5],
    [96, 300],
    [130, 2500],
  ] as const) {
    const centres = crowd(`centres ${width}`, count, width).map(
      (value, at) => value * (0.5 + ((at / width) % 3) / 6),
    )
    t.true(
      (await recall(crowd(`rows ${width}`, 3000, width), 3000, centres, width)) >= 0.9999,
      `${count} centres of ${width}`,
    )
  }
})

test('vectors far longer or shorter than the centres, or zero, are searched exactly', async (t) => {
  const width = 48
  const centres = crowd('centres', 200, width)
  for (const [length, candidates] of [
    [100, 4],
    [0.01, 8],
  ] as const) {
    const probe = { vectors: crowd('rows', 500, width, length), rows: 500 }
    const gated = await openGatedFilter({
      set: { centres, count: 200, width },
      probe,
      min_recall: 0.99,
      threads: 1,
    })
    t.is(gated.breadth, candidates, `length ${length}: recall ${gated.recall}`)
    await gated.search.close()
  }
  const filter = await openFiltered({ centres, count: 200, width }, 1)
  const { distance } = await filter.nearest(new Float32Array(width), 1)
  t.true(Math.abs(distance[0]! - 1) < 1e-6)
  await filter.close()
})

test('of equal centres the first is taken, also when all are equal', async (t) => {
  const width = 16
  const one = crowd('one', 1, width)
  const centres = new Float32Array(6 * width)
  for (let j = 0; j < 6; j++) centres.set(one, j * width)
  const filter = await openFiltered({ centres, count: 6, width }, 1)
  t.deepEqual([...(await filter.nearest(crowd('rows', 40, width), 40)).index], new Array<number>(40).fill(0))
  await filter.close()
})

test('threads and batches change no bit', async (t) => {
  const width = 64
  const set = { centres: crowd('centres', 1500, width), count: 1500, width }
  const vectors = crowd('rows', 5000, width)
  const one = await openFiltered(set, 1)
  const two = await openFiltered(set, 2)
  const whole = await one.nearest(vectors, 5000)
  const shared = await two.nearest(vectors, 5000)
  t.deepEqual([...shared.index], [...whole.index])
  t.deepEqual([...shared.distance], [...whole.distance])
  const part = await one.nearest(vectors.subarray(1234 * width, 1241 * width), 7)
  t.deepEqual([...part.index], [...whole.index.subarray(1234, 1241)])
  await Promise.all([one.close(), two.close()])
})

test('the gate takes the fewest candidates that reach the measured recall', async (t) => {
  const width = 32
  const set = { centres: crowd('centres', 400, width), count: 400, width }
  const gated = await openGatedFilter({
    set,
    probe: { vectors: crowd('rows', 1000, width), rows: 1000 },
    min_recall: 0.999,
    threads: 1,
  })
  t.is(gated.breadth, 4)
  t.true(gated.recall >= 0.999)
  await gated.search.close()
})
