import { defineStage, type Partition } from '../define.js'
import { modelsOf, sharesTrunk } from '../facts.js'
import { Bundles, Centres, Scores, Shards } from '../kinds.js'
import { newest } from '../partition.js'
import { options } from './options.js'
import { tasks } from './tasks.js'

export const evaluate = defineStage({
  name: 'evaluate',
  version: 2,
  doc: 'Scores every model and every routing rule on the evaluation sets.',
  takes: { bundles: { kind: Bundles }, centres: { kind: Centres }, shards: { kind: Shards } },
  makes: { scores: { kind: Scores } },
  options,
  tasks,
  reads_evaluation: true,
  check: ({ temperature, validation_share }) =>
    temperature === null && validation_share === 0
      ? [
          {
            option: 'temperature',
            message: 'a temperature can only be chosen on validation rows',
            hint: 'set `validation_share`, for example to 0.2',
          },
        ]
      : [],
  runtime: ['onnxruntime'],
  reads_facts: ['encoder'],
  partition: ({ options: given, takes, facts, evaluation }) => {
    const models = new Set(modelsOf(facts))
    const bundles = (takes.bundles ?? []).map((task) => task.key).filter((key) => models.has(key))
    const shards = (takes.shards ?? []).map((task) => task.key)
    const features = Object.keys(evaluation)
      .toSorted()
      .flatMap((set, index): Partition<typeof tasks>[] => {
        // Models that share all but a linear map are cheapest to run together; others get one task each.
        const groups = sharesTrunk(facts) ? [bundles] : bundles.map((model) => [model])
        const fromHoldout = (evaluation[set] as { readonly from?: string } | null)?.from === 'holdout'
        return groups.map((models, group) => ({
          kind: 'features',
          key: `features-${index}${groups.length === 1 ? '' : `-${models[0] ?? group}`}`,
          takes: { bundles: models, shards: fromHoldout ? shards : [] },
          params: { set, models },
        }))
      })
    const scores: Partition<typeof tasks> = {
      kind: 'scores',
      key: 'scores',
      takes: { bundles, centres: newest(takes.centres) },
      after: features.map((task) => task.key),
      params: given,
      exclusive: true,
    }
    return [...features, scores]
  },
  estimate: ({ rows, partition }) => {
    if (partition.kind === 'scores') return { seconds: 5 + rows / 5000, bytes: 1e5, memory_bytes: 6e8 }
    return { seconds: 3 + rows * 0.0002, bytes: 2e6 + rows * 100, memory_bytes: 6e8 }
  },
  load: () => import('./run.js'),
})
