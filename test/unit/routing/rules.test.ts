import test from 'ava'
import fc from 'fast-check'
import { codedWeights } from '../../../src/routing/coded.js'
import { coarse } from '../../../src/routing/coarse.js'
import { nearestCentres, squaredToExperts, type NearestCentre } from '../../../src/routing/nearest.js'
import { perClassWeights } from '../../../src/routing/per-class.js'
import { publishedWeights } from '../../../src/routing/published.js'
import { defaultScale } from '../../../src/routing/rule.js'
import { normalisedEntropy, softmax } from '../../../src/routing/weights.js'

const { lambda, temperature } = defaultScale
const published = (list: readonly NearestCentre[], experts: number) => publishedWeights(list, experts, lambda)

const near = (
  t: { true(value: boolean, message: string): unknown },
  found: ArrayLike<number>,
  expected: readonly number[],
  tolerance = 1e-9,
) => {
  t.true(
    found.length === expected.length &&
      expected.every((value, i) => Math.abs(value - found[i]!) <= tolerance),
    `${[...Array.from(found)]} is not ${expected}`,
  )
}
const at = (expert: number, distance: number, count = 1): NearestCentre[] =>
  Array.from({ length: count }, () => ({ fine: expert, expert, distance }))

test('the published rule on twelve classes is that computed by hand', (t) => {
  // 8 classes at distance 0.4 (A = e^-0.8), 4 at 0.6 (A = e^-1.8).
  const { weights, affinity } = published([...at(0, 0.4, 8), ...at(1, 0.6, 4)], 3)
  const sums = [8 * Math.exp(-0.8), 4 * Math.exp(-1.8), 0]
  const total = sums.reduce((sum, value) => sum + Math.exp(value), 0)
  near(
    t,
    weights,
    sums.map((value) => Math.exp(value) / total),
  )
  near(t, affinity.subarray(0, 1), [Math.exp(-0.8)])
})

test('the published rule damps fewer than ten classes and sharpens more than two hundred', (t) => {
  near(t, published(at(0, 0, 4), 2).affinity, Array(4).fill(Math.exp(0.5 - 2)))
  near(t, published(at(0, 0.5, 9), 2).affinity, Array(9).fill(Math.exp(-2.5) * Math.exp(-1.25)))
  near(t, published(at(0, 0.5, 10), 2).affinity, Array(10).fill(Math.exp(-1.25)))
  near(t, published(at(0, 0.5, 200), 2).affinity, Array(200).fill(Math.exp(-1.25)))
  near(t, published(at(0, 0.5, 201), 2).affinity, Array(201).fill(Math.exp((-0.25 * Math.log(201)) / 0.2)))
})

test('the coded rule is almost uniform for a thousand classes at equal distance', (t) => {
  const shares = (distance: number) =>
    codedWeights([...at(0, distance, 700), ...at(1, distance, 200), ...at(2, distance, 100)], 4).weights
  near(t, shares(0.6), [0.252, 0.25, 0.249, 0.249], 1e-3)
  near(t, shares(0.3), [0.46, 0.21, 0.18, 0.15], 5e-3)
})

test('the coded rule on few classes is that computed by hand', (t) => {
  // |L| = 4: g = 5, b = e^-1.5.
  const affinity = Math.exp(5 * (Math.exp(-1.5) - 0.7))
  const { weights, affinity: found } = codedWeights(at(1, 0.7, 4), 2)
  near(t, found, Array(4).fill(affinity))
  near(t, weights, [1 / (1 + Math.exp((4 * affinity) / 8)), 1 / (1 + Math.exp((-4 * affinity) / 8))])
})

test('coarse is the published rule on coarse centres', (t) => {
  const nearest = at(1, 0.3, 20)
  const distances = {
    count: 20,
    experts: 2,
    present: [0, 1],
    fine: [],
    coarse: nearest,
    squared: new Float64Array(),
  }
  t.deepEqual(coarse.weigh(distances, defaultScale), published(nearest, 2))
})

test('the per-class rule weights each class by its nearest centres, as computed by hand', (t) => {
  const { weights, affinity } = perClassWeights(Float64Array.of(0.1, 0.3, 0.2, 0.2), 2, 0.1)
  const first = Math.exp(-1) / (Math.exp(-1) + Math.exp(-3))
  near(t, weights, [first, 1 - first, 0.5, 0.5])
  near(t, affinity, [Math.exp(-1), Math.exp(-2)])
})

test('an expert without centres gets no per-class weight', (t) => {
  near(t, perClassWeights(Float64Array.of(0.1, Number.POSITIVE_INFINITY), 2, temperature).weights, [1, 0])
})

test('nearest centre: the lowest index at a tie', (t) => {
  const centres = {
    vectors: Float32Array.of(0, 0, 1, 0, 1, 0),
    width: 2,
    experts: [2, 1, 0],
    expert_count: 3,
  }
  t.deepEqual(nearestCentres(Float32Array.of(1, 0, 0, 0), centres), [
    { fine: 1, expert: 1, distance: 0 },
    { fine: 0, expert: 2, distance: 0 },
  ])
  near(
    t,
    squaredToExperts(Float32Array.of(1, 0), { ...centres, expert_count: 4 }).map((value) =>
      Math.min(value, 99),
    ),
    [0, 0, 1, 99],
  )
})

test('every rule returns a distribution', (t) => {
  const landing = fc.record({
    fine: fc.nat(9),
    expert: fc.nat(3),
    distance: fc.double({ min: 0, max: 2, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(landing, { minLength: 1, maxLength: 300 }), (list) => {
      for (const { weights } of [published(list, 4), codedWeights(list, 4)]) {
        if (Math.abs(weights.reduce((a, b) => a + b) - 1) > 1e-9 || weights.some((weight) => weight < 0))
          return false
        const entropy = normalisedEntropy(weights)
        if (!(entropy >= 0 && entropy <= 1)) return false
      }
      return true
    }),
  )
  t.pass()
})

test('entropy is 0 for one expert and 1 for the uniform distribution', (t) => {
  t.is(normalisedEntropy([1, 0, 0]), 0)
  near(t, [normalisedEntropy([0.25, 0.25, 0.25, 0.25])], [1])
  near(t, softmax([1000, 1000]), [0.5, 0.5])
})
