import test from 'ava'
import { openGemm } from '../../../src/math/gemm/gemm.js'
import { adjustedRand } from '../../../src/math/quality/agreement.js'
import { balanceOf } from '../../../src/math/quality/balance.js'
import { planeMap } from '../../../src/math/quality/map.js'
import { quantilesOf } from '../../../src/math/quality/quantiles.js'
import { silhouette } from '../../../src/math/quality/silhouette.js'
import { topWords, wordsOf } from '../../../src/math/quality/words.js'

test('the Gini coefficient is zero for equal sizes and nearly one for a single large cluster', (t) => {
  t.deepEqual(balanceOf([5, 5, 5, 5]), {
    clusters: 4,
    empty: 0,
    min: 5,
    median: 5,
    max: 5,
    mean: 5,
    gini: 0,
    max_over_mean: 1,
  })
  const { gini, empty, max_over_mean: ratio, median } = balanceOf([0, 0, 0, 12])
  t.is(gini, 0.75)
  t.is(empty, 3)
  t.is(ratio, 4)
  t.is(median, 0)
})

test('the adjusted Rand index has known values', (t) => {
  t.is(adjustedRand([0, 0, 1, 1], [5, 5, 2, 2]), 1)
  // scikit-learn: adjusted_rand_score([0,0,1,1,2,2], [0,0,1,2,2,2])
  t.true(Math.abs(adjustedRand([0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 2, 2]) - 0.4444444444) < 1e-9)
  t.true(Math.abs(adjustedRand([0, 0, 1, 1], [0, 1, 0, 1]) + 0.5) < 1e-12)
})

test('quantiles interpolate as numpy does', (t) => {
  const { p25, p50, p95 } = quantilesOf(Float32Array.of(4, 1, 3, 2))!
  t.deepEqual([p25, p50], [1.75, 2.5])
  t.true(Math.abs(p95 - 3.85) < 1e-6)
  t.is(quantilesOf(new Float32Array(0)), undefined)
})

test('the silhouette of two pairs on a line is that computed by hand', async (t) => {
  const gemm = openGemm(1)
  const { mean, by_cluster: byCluster } = await silhouette(
    Float32Array.of(0, 1, 10, 11),
    4,
    1,
    [0, 0, 1, 1],
    3,
    gemm,
  )
  // a = 1; b = 10.5, 9.5, 9.5, 10.5
  const expected = (2 * (9.5 / 10.5) + 2 * (8.5 / 9.5)) / 4
  t.true(Math.abs(mean - expected) < 1e-5)
  t.is(byCluster[2], null)
  await gemm.close()
})

test('distinctive words of a cluster need no list of stop words', (t) => {
  const captions = [
    'a red dress on a hanger',
    'a blue dress',
    'a dog on the beach',
    'a dog and a ball',
    'ein Hund',
    'the dress',
  ]
  const words = topWords(captions, [0, 0, 1, 1, 1, 0], 2, 2)
  t.is(words[0]![0]!.word, 'dress')
  t.is(words[1]![0]!.word, 'dog')
  t.deepEqual([...wordsOf('Äpfel, ÄPFEL & 7up — 東京タワー a')], ['äpfel', '7up', '東京タワー'])
})

test('the map shows the directions in which centres differ most', (t) => {
  const centres = Float32Array.of(3, 0, 0, -3, 0, 0, 0, 1, 0, 0, -1, 0)
  const { positions, explained } = planeMap({ centres, count: 4, width: 3 }, [1, 1, 1, 1])
  t.true(Math.abs(positions[0]! - 3) < 1e-6 && Math.abs(positions[2]! + 3) < 1e-6)
  t.true(Math.abs(positions[5]! - 1) < 1e-6)
  t.true(Math.abs(explained[0] - 0.9) < 1e-6 && Math.abs(explained[1] - 0.1) < 1e-6)
})
