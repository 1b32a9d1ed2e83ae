import test from 'ava'
import { evaluationFields } from '../../../src/manifest/fields/manifest-fields.js'
import { metricLabel } from '../../../src/metrics/labels.js'
import { classMetrics, metricNames } from '../../../src/metrics/metrics.js'
import { directionLabel, mainRecalls, recallName } from '../../../src/metrics/retrieval.js'

test('every metric of the table may be named in a manifest and has a label', (t) => {
  t.deepEqual(evaluationFields.metric.shape, { kind: 'choice', of: metricNames })
  for (const { name, label } of classMetrics) t.is(metricLabel(name), label)
})

test('what guessing reaches, on four classes of which three occur', (t) => {
  const counts = { rows: 10, by_class: Float64Array.of(5, 3, 2, 0) }
  const guessing = Object.fromEntries(classMetrics.map((metric) => [metric.name, metric.guessing(counts)]))
  t.deepEqual(guessing, {
    top1: { chance: 1 / 4, majority: 1 / 2 },
    top5: { chance: 1, majority: null },
    mean_top1_top5: { chance: (1 / 4 + 1) / 2, majority: null },
    mean_per_class: { chance: 1 / 4, majority: 1 / 3 },
    roc_auc: { chance: 1 / 2, majority: 1 / 2 },
    map: { chance: (0.5 + 0.3 + 0.2) / 3, majority: null },
  })
})

test('recall is named by direction', (t) => {
  t.deepEqual(mainRecalls, ['text_to_image_r1', 'image_to_text_r1'])
  t.is(metricLabel(recallName('image_to_text', 10)), 'image → text R@10')
  t.is(directionLabel('text_to_image_r5'), 'text → image')
  t.is(directionLabel('top1'), undefined)
})
