import { readFileSync } from 'node:fs'
import test from 'ava'
import { bestRank } from '../../src/metrics/rank.js'
import {
  descending,
  meanAveragePrecision,
  meanOfTopOneAndFive,
  meanPerClass,
  rocAuc,
  withinTop,
} from '../../src/metrics/statistics.js'

const { expected } = JSON.parse(
  readFileSync(new URL('metrics/scikit-learn.json', import.meta.url), 'utf8'),
) as { readonly expected: { readonly [metric: string]: number } }

/** The numbers of test/golden/metrics/make.py. */
function noise(count: number, seed: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, i) =>
      Number(((BigInt(i) * 2654435761n + BigInt(seed * 40503 + 12345)) * 2246822519n) % 4294967296n) /
      4294967296,
  )
}

const rows = 240
const classes = 12
const labels = Int32Array.from(noise(rows, 1), (value) => Math.trunc(value ** 2 * (classes - 1)))
const scores = noise(rows * classes, 2)
labels.forEach((label, row) => (scores[row * classes + label]! += 0.4))
const every = Uint32Array.from({ length: rows }, (_, row) => row)
const ranks = Int32Array.from(labels, (label, row) => bestRank(scores, row * classes, classes, [label]))
const near = (found: number, metric: string) => Math.abs(found - expected[metric]!) < 1e-12

test('top-1, top-5, their mean and the mean per class are those of scikit-learn', (t) => {
  t.true(near(withinTop(ranks, 1)(every), 'top1'))
  t.true(near(withinTop(ranks, 5)(every), 'top5'))
  t.is(meanOfTopOneAndFive(ranks)(every), (withinTop(ranks, 1)(every) + withinTop(ranks, 5)(every)) / 2)
  t.true(near(meanPerClass(ranks, labels, classes)(every), 'mean_per_class'))
})

test('ROC AUC with ties is that of scikit-learn', (t) => {
  const binary = Int32Array.from(noise(rows, 3), (value) => (value < 0.3 ? 1 : 0))
  const margin = noise(rows, 4).map((value, row) => Math.round((value + 0.3 * binary[row]!) * 100) / 100)
  t.true(near(rocAuc(margin, binary)(every), 'roc_auc'))
})

test('mean average precision is that of scikit-learn', (t) => {
  const multi = Uint8Array.from(noise(rows * 5, 5), (value) => (value < 0.25 ? 1 : 0))
  const many = noise(rows * 5, 6).map((value, i) => value + 0.3 * multi[i]!)
  const label = (column: number) => ({
    order: descending(Float64Array.from(every, (row) => many[row * 5 + column]!)),
    positive: Uint8Array.from(every, (row) => multi[row * 5 + column]!),
  })
  t.true(near(meanAveragePrecision([0, 1, 2, 3, 4].map(label))(every), 'map'))
})

test("recall counts any of an image's five captions, in both directions", (t) => {
  const images = 40
  const texts = 200
  const similarity = noise(images * texts, 7)
  for (let image = 0; image < images; image++) similarity[image * texts + image * 5 + (image % 5)]! += 0.35
  const toText = Int32Array.from({ length: images }, (_, image) =>
    bestRank(
      similarity,
      image * texts,
      texts,
      [0, 1, 2, 3, 4].map((i) => image * 5 + i),
    ),
  )
  const turned = Float64Array.from(
    { length: images * texts },
    (_, i) => similarity[(i % images) * texts + Math.floor(i / images)]!,
  )
  const toImage = Int32Array.from({ length: texts }, (_, text) =>
    bestRank(turned, text * images, images, [Math.floor(text / 5)]),
  )
  for (const k of [1, 5, 10]) {
    t.true(near(withinTop(toText, k)(Uint32Array.from(toText.keys())), `image_to_text_r${k}`))
    t.true(near(withinTop(toImage, k)(Uint32Array.from(toImage.keys())), `text_to_image_r${k}`))
  }
})
