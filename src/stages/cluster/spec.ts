import { expertsName, parseExperts } from '../../artefacts/experts.js'
import { defineStage, type Partition } from '../define.js'
import { statedFacts } from '../facts.js'
import { Centres, Samples, Vectors } from '../kinds.js'
import { whole } from '../partition.js'
import { factsAfter, continueFrom } from './continue/continue-from.js'
import { partitionFit } from './parts/partition-fit.js'
import { clustersOf, options } from './options.js'
import { tasks, type Tasks } from './tasks.js'

export const cluster = defineStage({
  name: 'cluster',
  version: 3,
  doc: 'Groups caption vectors into fine clusters, and the fine clusters into experts.',
  takes: { vectors: { kind: Vectors }, samples: { kind: Samples } },
  makes: { centres: { kind: Centres } },
  rebuildable: true,
  options,
  tasks,
  runtime: ['onnxruntime'],
  reads_facts: [],
  idle: ({ steps }) => (steps === 'one' ? ['fine'] : []),
  partition: (context) => {
    if (context.earlier) return continueFrom(context, context.earlier)
    return context.options.fit_parts === undefined
      ? whole('vectors', 'samples')(context).map((slice): Partition<Tasks> => ({ ...slice, kind: 'fit' }))
      : partitionFit(context, context.options.fit_parts)
  },
  facts: (options, _, earlier) => {
    if (earlier) return factsAfter(earlier, options.new_expert_fine)
    return statedFacts({ fine: clustersOf(options), experts: options.experts })
  },
  earlier: {
    of: ({ from }) => from,
    facts: async (read) => {
      const experts = parseExperts(await read(expertsName), expertsName)
      return statedFacts({
        fine: experts.fine_to_expert.length,
        experts: experts.expert_population.length,
      })
    },
  },
  // A lock names tasks by fingerprint; the files of a single artefact are identified by their content.
  models: ({ from }): { [name: string]: string } =>
    from === undefined || from.endsWith('.json') ? {} : { from },
  check: ({
    fine,
    experts,
    steps,
    sample_rows: sampleRows,
    from,
    new_expert_fine: added,
    fit_parts: parts,
    epochs,
    max_cluster_ratio: ratio,
  }) => {
    const clusters = clustersOf({ steps, experts, fine })
    return [
      ...(parts !== undefined && epochs > 0
        ? [
            {
              option: 'epochs',
              message:
                'a mini-batch epoch visits the rows one batch after another, which a fit in parts ' +
                'cannot do',
              hint: 'set `epochs: 0`, or leave out `fit_parts`',
            },
          ]
        : []),
      ...(parts !== undefined && ratio !== null
        ? [
            {
              option: 'max_cluster_ratio',
              message: 'a fit in parts cannot bound cluster sizes',
              hint: 'set `max_cluster_ratio: null`, or leave out `fit_parts`',
            },
          ]
        : []),
      ...(added !== undefined && from === undefined
        ? [
            {
              option: 'new_expert_fine',
              message: 'a new expert is added to an earlier run, but `from` is not set',
              hint: 'set `from` to the lock file of the earlier run',
            },
          ]
        : []),
      ...(steps === 'two' && experts > fine
        ? [
            {
              option: 'experts',
              message: `${experts} experts cannot be made from ${fine} fine clusters`,
              hint: 'experts are groups of fine clusters: lower `experts` or raise `fine`',
            },
          ]
        : []),
      ...(clusters > sampleRows
        ? [
            {
              option: 'sample_rows',
              message: `a sample of ${sampleRows} vectors cannot make ${clusters} clusters`,
              hint: 'use at least a few dozen vectors per cluster',
            },
          ]
        : []),
    ]
  },
  estimate: ({ rows, options }) => {
    const sampled = Math.min(rows, options.sample_rows)
    const width = 384
    const work = sampled * options.fine * width * 2 * (options.epochs + options.passes + 2)
    return {
      seconds: 2 + work / 1.5e11,
      bytes: options.fine * width * 4 + 500000,
      memory_bytes: 4e8 + sampled * width * 4,
    }
  },
  load: () => import('./run.js'),
})
