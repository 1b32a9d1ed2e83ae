import fc from 'fast-check'
import test from 'ava'
import { Random } from '../../../../src/core/random.js'
import { orderSamples } from '../../../../src/stages/write/sample-order.js'

const entries = (count: number) => Float64Array.from({ length: count }, (_, at) => 2 * at)
const order = (
  count: number,
  clusterOf: (entry: number) => number,
  options: Parameters<typeof orderSamples>[2],
) => orderSamples(new Random(1).shuffle(entries(count)), clusterOf, options, new Random(2))

test('every order keeps every sample once', (t) => {
  fc.assert(
    fc.property(
      fc.nat(300),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('shuffled', 'stratified', 'batched'),
      (count, clusters, kind) => {
        const found = order(count, (entry) => (entry * 7) % clusters, {
          order: kind as 'shuffled',
          batch_rows: 4,
        })
        return found.toSorted().every((entry, at) => entry === 2 * at) && found.length === count
      },
    ),
  )
  t.pass()
})

test('the stratified order has each cluster in proportion in every stretch, to about one sample', (t) => {
  // Clusters with 60, 30 and 10 in a hundred.
  const clusterOf = (entry: number) => (entry % 100 < 60 ? 0 : entry % 100 < 90 ? 1 : 2)
  const found = order(5000, clusterOf, { order: 'stratified' })
  for (let start = 0; start + 50 <= 5000; start += 37) {
    const counts = [0, 0, 0]
    for (const entry of found.subarray(start, start + 50)) counts[clusterOf(entry)]!++
    t.true(
      Math.abs(counts[0]! - 30) <= 2 && Math.abs(counts[1]! - 15) <= 2 && Math.abs(counts[2]! - 5) <= 2,
      `${start}: ${counts.join(' ')}`,
    )
  }
})

test('the batched order has whole stretches of one cluster, with the clusters mixed', (t) => {
  const clusterOf = (entry: number) => (entry / 2) % 3
  const found = order(1000, clusterOf, { order: 'batched', batch_rows: 32 })
  const whole = 3 * Math.floor(333 / 32)
  const of = Array.from(
    { length: whole },
    (_, stretch) => new Set(Array.from(found.subarray(32 * stretch, 32 * (stretch + 1)), clusterOf)),
  )
  t.true(of.every((clusters) => clusters.size === 1))
  t.not(
    of
      .slice(0, 10)
      .map((clusters) => [...clusters][0])
      .join(''),
    '0000000000',
  )
})

test('200,000 samples in one cluster that fills no stretch keep their number', (t) => {
  t.is(order(200_000, () => 0, { order: 'batched', batch_rows: 200_001 }).length, 200_000)
})
