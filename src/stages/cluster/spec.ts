import { defineStage } from '../define.js'
import { Centres, Samples, Vectors } from '../kinds.js'
import { whole } from '../partition.js'
import { options } from './options.js'

export const cluster = defineStage({
  name: 'cluster',
  version: 1,
  doc: 'Groups caption vectors into fine clusters, and the fine clusters into experts.',
  takes: { vectors: { kind: Vectors }, samples: { kind: Samples } },
  makes: { centres: { kind: Centres } },
  options,
  runtime: ['onnxruntime'],
  partition: whole('vectors', 'samples'),
  facts: (options) => ({ fine: options.steps === 'one' ? options.experts : options.fine, experts: options.experts }),
  check: ({ fine, experts, steps, sample_rows: sampleRows }) => {
    const clusters = steps === 'one' ? experts : fine
    return [
      ...(steps === 'two' && experts > fine
        ? [
            {
              option: 'experts',
              message: `${experts} experts cannot be made from ${fine} fine clusters`,
              hint: 'experts are groups of fine clusters: ask for fewer, or for more `fine`',
            },
          ]
        : []),
      ...(clusters > sampleRows
        ? [
            {
              option: 'sample_rows',
              message: `a sample of ${sampleRows} vectors cannot make ${clusters} clusters`,
              hint: 'some tens of vectors a cluster are sensible',
            },
          ]
        : []),
    ]
  },
  estimate: ({ rows, options }) => {
    const sampled = Math.min(rows, options.sample_rows)
    const width = 384
    const work = sampled * options.fine * width * 2 * (options.epochs + options.passes + 2)
    return { seconds: 2 + work / 1.5e11, bytes: options.fine * width * 4 + 500000, memory_bytes: 4e8 + sampled * width * 4 }
  },
  load: () => import('./run.js'),
})
