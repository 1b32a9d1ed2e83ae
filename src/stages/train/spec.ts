import { defineStage, type Facts, type Partition } from '../define.js'
import { Bundles, Centres, Shards } from '../kinds.js'
import { options } from './options.js'

export const train = defineStage({
  name: 'train',
  version: 1,
  doc: 'Trains one model per expert, and the baselines they are compared with.',
  takes: { shards: { kind: Shards }, centres: { kind: Centres } },
  makes: { bundles: { kind: Bundles } },
  options,
  runtime: ['onnxruntime'],
  models: ({ features }) => (features ? { 'features.image': features.image, 'features.text': features.text, 'features.tokenizer': features.tokenizer } : {}),
  facts: ({ baselines }, upstream) => ({ models: modelsOf(upstream, baselines), shared_trunk: true }),
  partition: ({ options: { baselines }, takes, facts }) => {
    const keys = (port: string) => (takes[port] ?? []).map((task) => task.key)
    const features: Partition = { key: 'features', takes: { shards: keys('shards'), centres: keys('centres') }, cores: 'all' }
    return [features, ...modelsOf(facts, baselines).map((key): Partition => ({ key, after: ['features'] }))]
  },
  check: ({ features }) =>
    features && (features.mean.length !== 3 || features.std.length !== 3)
      ? [{ option: 'features', message: '`mean` and `std` have one number for each of three channels' }]
      : [],
  estimate: ({ rows, options: { max_rows, dictionary, dictionary_patches }, partition }) => {
    const used = Math.min(rows, max_rows)
    const width = 4 * dictionary
    const isFeatures = partition.key === 'features'
    const products = (isFeatures ? 2 : 6) * (used * width ** 2 + width ** 3)
    return {
      seconds: 2 + products / 3e10 + (isFeatures ? used * 0.003 + dictionary_patches * dictionary * 4e-8 : 0),
      bytes: isFeatures ? used * (width + 384) * 4 + 2 * width ** 2 * 4 : 9e6 + width * 384 * 4,
      memory_bytes: 4e8 + used * (width + 384) * 8 + 4 * width ** 2 * 8,
    }
  },
  load: () => import('./run.js'),
})

/** Keys of the tasks that make models: `dense`, then experts and baselines as many as `facts.experts`. */
export function modelsOf(facts: Facts, baselines: readonly string[]): string[] {
  const experts = typeof facts.experts === 'number' ? facts.experts : 1
  const numbered = (name: string) => Array.from({ length: experts }, (_, index) => `${name}-${index}`)
  return ['dense', ...numbered('expert'), ...(baselines.includes('random') ? numbered('random') : []), ...(baselines.includes('full') ? numbered('full') : [])]
}
