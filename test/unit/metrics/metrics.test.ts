import test from 'ava'
import { bootstrap, bootstrapAll, quantile } from '../../../src/metrics/bootstrap.js'
import { bestRank, rankOf } from '../../../src/metrics/rank.js'
import {
  averagePrecision,
  descending,
  meanAveragePrecision,
  meanOfTopOneAndFive,
  meanPerClass,
  rocAuc,
  withinTop,
} from '../../../src/metrics/statistics.js'

const all = (count: number) => Uint32Array.from({ length: count }, (_, i) => i)

test('ranks count what scores higher, ties go to the lower index', (t) => {
  t.is(rankOf([0.1, 0.9, 0.5], 0, 3, 2), 1)
  t.is(rankOf([0.5, 0.5, 0.5], 0, 3, 0), 0)
  t.is(rankOf([0.5, 0.5, 0.5], 0, 3, 2), 2)
  t.is(rankOf([9, 9, 0.1, 0.9], 2, 2, 0), 1)
  t.is(bestRank([0.1, 0.9, 0.5, 0.3], 0, 4, [0, 2]), 1)
  t.is(bestRank([0.1, 0.9], 0, 2, []), 2)
})

test('top-1, top-k and their mean', (t) => {
  const ranks = [0, 0, 3, 7]
  t.is(withinTop(ranks, 1)(all(4)), 0.5)
  t.is(withinTop(ranks, 5)(all(4)), 0.75)
  t.is(meanOfTopOneAndFive(ranks)(all(4)), 0.625)
  t.is(withinTop(ranks, 1)(Uint32Array.of(2, 2)), 0)
})

test('the mean per class weights classes, not rows', (t) => {
  // Class 0: 3 of 3; class 1: 0 of 1; class 2 does not occur.
  t.is(meanPerClass([0, 0, 0, 4], [0, 0, 0, 1], 3)(all(4)), 0.5)
})

test('ROC AUC counts pairs in the right order, ties as half', (t) => {
  // The example of scikit-learn's roc_auc_score: y = 0 0 1 1, scores .1 .4 .35 .8 → 0.75.
  t.is(rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])(all(4)), 0.75)
  t.is(rocAuc([0.5, 0.5], [0, 1])(all(2)), 0.5)
  t.is(rocAuc([0.5, 0.7], [1, 1])(all(2)), 0.5)
  // The negative at .4 drawn twice: pairs won 2 + 1 of 2·3.
  t.is(rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])(Uint32Array.of(0, 1, 1, 2, 3)), 4 / 6)
})

test('average precision is that computed by hand', (t) => {
  // Positives at places 1 and 3: (1/1 + 2/3) / 2.
  const order = descending([0.9, 0.8, 0.7, 0.1])
  t.is(averagePrecision(order, [1, 0, 1, 0], [1, 1, 1, 1]), (1 + 2 / 3) / 2)
  t.is(averagePrecision(order, [0, 0, 0, 0], [1, 1, 1, 1]), 0)
  // The second row drawn twice, the first not at all: positives at place 3 only.
  t.is(averagePrecision(order, [1, 0, 1, 0], [0, 2, 1, 1]), 1 / 3)
  const labels = [
    { order, positive: Uint8Array.of(1, 0, 1, 0) },
    { order, positive: Uint8Array.of(0, 0, 0, 1) },
    { order, positive: new Uint8Array(4) },
  ]
  t.is(meanAveragePrecision(labels)(all(4)), ((1 + 2 / 3) / 2 + 1 / 4) / 2)
})

test('the bootstrap interval of a proportion is near the normal approximation', (t) => {
  const ranks = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 0 : 9))
  const { value, low, high } = bootstrap(400, withinTop(ranks, 1), { seed: [1], rounds: 2000 })
  const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400)
  t.is(value, 0.25)
  t.true(Math.abs(low - (0.25 - half)) < 0.006 && Math.abs(high - (0.25 + half)) < 0.006, `${low} ${high}`)
})

test('the same seed draws the same rows, so a difference of equals is zero in every round', (t) => {
  const hits = withinTop([0, 1, 0, 1, 1], 1)
  const [first, difference] = bootstrapAll(5, [hits, (rows) => hits(rows) - hits(rows)], { seed: ['a'] })
  t.deepEqual(difference, { value: 0, low: 0, high: 0 })
  t.deepEqual(first, bootstrap(5, hits, { seed: ['a'] }))
  t.notDeepEqual(
    bootstrap(5, hits, { seed: ['a'], rounds: 7 }),
    bootstrap(5, hits, { seed: ['b'], rounds: 7 }),
  )
})

test('grouped rows are drawn together', (t) => {
  const groups = Uint32Array.of(0, 0, 1, 1, 2, 2)
  const sizes = new Set<number>()
  bootstrap(
    6,
    (rows) => {
      for (let i = 0; i < rows.length; i += 2) sizes.add(groups[rows[i]!]! - groups[rows[i + 1]!]!)
      return 0
    },
    { seed: [3], groups },
  )
  t.deepEqual([...sizes], [0])
})

test('quantiles interpolate, and are zero for an empty set', (t) => {
  t.is(quantile(Float64Array.of(1, 2, 3, 4), 0.5), 2.5)
  t.deepEqual(
    bootstrap(0, () => 1, { seed: [1] }),
    { value: 0, low: 0, high: 0 },
  )
})
