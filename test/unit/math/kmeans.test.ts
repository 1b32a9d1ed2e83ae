import test from 'ava'
import { fitBounded } from '../../../src/math/kmeans/bounded/bounded-fit.js'
import { boundedGroups } from '../../../src/math/kmeans/lloyd/bounded-groups.js'
import { fitKmeans } from '../../../src/math/kmeans/fit.js'
import { groupCentres } from '../../../src/math/kmeans/group-centres.js'
import { miniBatchEpoch } from '../../../src/math/kmeans/mini-batch.js'
import { assignPass } from '../../../src/math/kmeans/lloyd/pass.js'
import { memoryPoints } from '../../../src/math/points.js'
import { ClusterSums } from '../../../src/math/kmeans/lloyd/sums.js'
import { swapCentres } from '../../../src/math/kmeans/swaps.js'
import { inertiaOf, moveToMeans } from '../../../src/math/kmeans/lloyd/update.js'
import { openTopK } from '../../../src/math/nearest/top-k.js'
import { labelPoints } from '../../../src/math/nearest/label.js'
import { adjustedRand } from '../../../src/math/quality/agreement.js'
import { Random, rowKey } from '../../../src/core/random.js'
import { planted } from '../../fakes/planted.js'

const options = { clusters: 20, seed: 3, epochs: 1, passes: 6, spherical: false, max_ratio: null, threads: 1 }

test('planted clusters are recovered', async (t) => {
  const data = planted({ rows: 4000, width: 32, clusters: 20, noise: 0.12, skew: 0.3 })
  const fit = await fitKmeans(memoryPoints(data.vectors, 32), options)
  const { index } = await labelPoints(
    memoryPoints(data.vectors, 32),
    { centres: fit.centres, count: 20, width: 32 },
    1,
  )
  t.true(adjustedRand(index, data.label) > 0.98)
  for (let pass = 1; pass < fit.inertia.length; pass++)
    t.true(fit.inertia[pass]! <= fit.inertia[pass - 1]! * 1.001)
})

test('two groups under one centre and one under two are corrected', async (t) => {
  const data = planted({ rows: 3000, width: 32, clusters: 12, noise: 0.12 })
  const points = memoryPoints(data.vectors, 32)
  const means = new ClusterSums(12, 32)
  await means.add(data.vectors, 3000, data.label)
  const centres = new Float32Array(12 * 32)
  moveToMeans(centres, means, { spherical: false, relocations: [] })
  // Centre 1 leaves its group to centre 0 and stands beside centre 2.
  centres.set(
    centres.subarray(2 * 32, 3 * 32).map((value) => value * 0.98),
    32,
  )
  const topK = await openTopK(32, 1)
  t.true((await swapCentres(points, centres, 12, { topK, spherical: false })) > 0)
  await topK.close()
  const { index } = await labelPoints(points, { centres, count: 12, width: 32 }, 1)
  t.true(adjustedRand(index, data.label) > 0.99)
})

test('spherical centres have unit length', async (t) => {
  const data = planted({ rows: 600, width: 16, clusters: 6, noise: 0.3 })
  const { centres } = await fitKmeans(memoryPoints(data.vectors, 16), {
    ...options,
    clusters: 6,
    spherical: true,
  })
  for (let j = 0; j < 6; j++)
    t.true(Math.abs(Math.hypot(...centres.subarray(j * 16, j * 16 + 16)) - 1) < 1e-6)
})

test('sums do not depend on the order or grouping of additions', async (t) => {
  const data = planted({ rows: 500, width: 24, clusters: 5, noise: 0.8 })
  const whole = new ClusterSums(5, 24)
  await whole.add(data.vectors, 500, data.label)
  const order = new Random('order').shuffle(Array.from({ length: 500 }, (_, row) => row))
  const parts = [new ClusterSums(5, 24), new ClusterSums(5, 24), new ClusterSums(5, 24)]
  for (const [at, row] of order.entries()) {
    await parts[at % 3]!.add(
      data.vectors.subarray(row * 24, row * 24 + 24),
      1,
      data.label.subarray(row, row + 1),
    )
  }
  const merged = new ClusterSums(5, 24)
  for (const part of parts.toReversed()) merged.merge(part)
  t.deepEqual(merged.sums, whole.sums)
  t.deepEqual(merged.counts, whole.counts)
})

test('the inertia from sums is the sum of squared distances', async (t) => {
  const data = planted({ rows: 300, width: 12, clusters: 4, noise: 0.5 })
  const points = memoryPoints(data.vectors, 12)
  const centres = data.vectors.slice(0, 4 * 12)
  const topK = await openTopK(12, 1)
  const { sums } = await assignPass(points, centres, 4, { topK, key: rowKey('x'), pass: 0 })
  const { distance } = await labelPoints(points, { centres, count: 4, width: 12 }, 1)
  t.true(
    Math.abs(inertiaOf(sums, centres, 300) - distance.reduce((sum, value) => sum + value * value, 0)) < 1e-3,
  )
  await topK.close()
})

test('a centre without points moves to a remote point', async (t) => {
  const data = planted({ rows: 400, width: 16, clusters: 4, noise: 0.1 })
  const points = memoryPoints(data.vectors, 16)
  const topK = await openTopK(16, 1)
  const centres = new Float32Array(4 * 16)
  const rows = [0, 1, 2].map((cluster) => data.label.indexOf(cluster))
  rows.forEach((row, j) => centres.set(data.vectors.subarray(row * 16, row * 16 + 16), j * 16))
  centres.set(
    data.vectors.subarray(rows[0]! * 16, rows[0]! * 16 + 16).map((value) => -value),
    48,
  )
  const { sums, relocations } = await assignPass(points, centres, 4, { topK, key: rowKey('x'), pass: 0 })
  t.is(sums.counts[3], 0)
  t.is(
    moveToMeans(centres, sums, { spherical: false, relocations: relocations.map(({ vector }) => vector) }),
    1,
  )
  const next = await assignPass(points, centres, 4, { topK, key: rowKey('x'), pass: 1 })
  t.true(next.sums.counts[3]! > 0)
  await topK.close()
})

test('a mini-batch epoch improves random centres, in the same bytes for any threads', async (t) => {
  const data = planted({ rows: 3000, width: 16, clusters: 10, noise: 0.2 })
  const points = memoryPoints(data.vectors, 16)
  const epoch = async (threads: number) => {
    const topK = await openTopK(16, threads)
    const centres = data.vectors.slice(0, 10 * 16)
    const before = await assignPass(points, centres, 10, { topK, key: rowKey('x'), pass: 0 })
    const first = inertiaOf(before.sums, centres, 3000)
    await miniBatchEpoch(points, centres, new Float64Array(10), {
      topK,
      batch_rows: 256,
      spherical: false,
    })
    const after = await assignPass(points, centres, 10, { topK, key: rowKey('x'), pass: 1 })
    await topK.close()
    return { centres, first, last: inertiaOf(after.sums, centres, 3000) }
  }
  const one = await epoch(1)
  t.true(one.last < one.first)
  t.deepEqual((await epoch(2)).centres, one.centres)
})

for (const ratio of [1, 1.3, 2]) {
  test(`no cluster is larger than ${ratio} times the mean`, async (t) => {
    const data = planted({ rows: 2003, width: 24, clusters: 10, noise: 0.3, skew: 2 })
    const points = memoryPoints(data.vectors, 24)
    const free = await fitKmeans(points, { ...options, clusters: 16 })
    const topK = await openTopK(24, 1)
    const bounded = await fitBounded(points, free.centres.slice(), 16, {
      max_ratio: ratio,
      spherical: false,
      topK,
    })
    await topK.close()
    const sizes = new Float64Array(16)
    for (const cluster of bounded.label) sizes[cluster] = sizes[cluster]! + 1
    t.deepEqual(bounded.counts, sizes)
    t.true(Math.max(...sizes) <= Math.max(Math.ceil(2003 / 16), (ratio * 2003) / 16))
    t.is(
      sizes.reduce((a, b) => a + b),
      2003,
    )
  })
}

test('the bound holds when all points are equal', async (t) => {
  const one = planted({ rows: 1, width: 8, clusters: 1, noise: 0 }).vectors
  const vectors = new Float32Array(100 * 8)
  for (let row = 0; row < 100; row++) vectors.set(one, row * 8)
  const topK = await openTopK(8, 1)
  const centres = new Float32Array(4 * 8)
  for (let j = 0; j < 4; j++) centres.set(one, j * 8)
  const { counts } = await fitBounded(memoryPoints(vectors, 8), centres, 4, {
    max_ratio: 1,
    spherical: false,
    topK,
  })
  t.deepEqual([...counts], [25, 25, 25, 25])
  await topK.close()
})

test('groups of centres weight them by population and keep the bound', async (t) => {
  const centres = planted({ rows: 200, width: 16, clusters: 5, noise: 0.4 })
  const weights = Float64Array.from({ length: 200 }, (_, i) => 1 + ((i * 37) % 100))
  const total = weights.reduce((a, b) => a + b)
  for (const ratio of [null, 1.5, 1.05]) {
    const { group, loads } = await groupCentres(centres.vectors, 16, weights, {
      groups: 4,
      seed: 1,
      max_ratio: ratio,
      threads: 1,
    })
    const summed = new Float64Array(4)
    group.forEach((g, i) => (summed[g] = summed[g]! + weights[i]!))
    t.deepEqual(summed, loads)
    t.true(Math.min(...loads) > 0)
    if (ratio) t.true(Math.max(...loads) <= (ratio * total) / 4, `${ratio}: ${loads}`)
  }
})

test('an item too heavy for any group stays where it is', (t) => {
  const group = boundedGroups(Float64Array.of(0, 1, 0, 1, 1, 0), Float64Array.of(10, 1, 1), 2, 6)
  t.is(group[0], 0)
  t.is(group[1], 1)
})
