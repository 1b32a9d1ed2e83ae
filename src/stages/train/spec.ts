import { modelOf } from '../../core/model-key.js'
import { PipelineError } from '../../core/error.js'
import { defineStage, type Facts, type Partition, type PartitionContext } from '../define.js'
import { expertsOf, shardFormatOf, statedFacts } from '../facts.js'
import { Bundles, catalogueKey, Centres, Shards } from '../kinds.js'
import { newest } from '../partition.js'
import { estimateAdapter } from './adapter-estimate.js'
import { plannedModels } from './models.js'
import { options, type Options } from './options.js'
import { tasks } from './tasks.js'
import { estimateTraining } from './training-estimate.js'
import { trainerVersions } from './training-options.js'

export const train = defineStage({
  name: 'train',
  version: 2,
  doc: 'Trains one model per expert, and the baselines they are compared with.',
  takes: { shards: { kind: Shards }, centres: { kind: Centres } },
  makes: { bundles: { kind: Bundles } },
  later_files: ['cost.json'],
  options,
  tasks,
  runtime: ['onnxruntime'],
  needs_images: true,
  reads_facts: ['experts', 'encoder'],
  models: ({ engine, adapter: { features }, model, seed_checkpoint }) => ({
    ...(engine === 'adapter' && features
      ? {
          'features.image': features.image,
          'features.text': features.text,
          'features.tokenizer': features.tokenizer,
        }
      : {}),
    ...(engine !== 'adapter' && isPath(model) ? { model } : {}),
    ...(engine !== 'adapter' && seed_checkpoint !== undefined ? { seed_checkpoint } : {}),
  }),
  facts: (given, upstream) =>
    statedFacts({
      models: plannedModels(upstream, given),
      shared_trunk: given.engine === 'adapter',
    }),
  partition: (context) => {
    refuseParquet(context.facts)
    return context.options.engine === 'adapter' ? partitionAdapter(context) : partitionTraining(context)
  },
  check: ({ engine, adapter: { features }, versions }) => [
    ...(features && (features.mean.length !== 3 || features.std.length !== 3)
      ? [
          {
            option: 'adapter.features',
            message: '`mean` and `std` need one number for each of the three channels',
          },
        ]
      : []),
    ...(engine === 'command' && versions === undefined
      ? [
          {
            option: 'versions',
            message:
              'the engine `command` needs the versions that it runs, so that another version makes ' +
              'another model',
            hint: 'versions: { my-trainer: 1.2.0 }',
          },
        ]
      : []),
  ],
  estimate: (of) => (of.options.engine === 'adapter' ? estimateAdapter(of) : estimateTraining(of)),
  load: () => import('./run.js'),
})

function refuseParquet(facts: Facts): void {
  const format = shardFormatOf(facts)
  if (format === undefined) return
  throw new PipelineError({
    code: 'E_SHARD_FORMAT',
    message: `training reads WebDataset tars, but write makes ${format}`,
    place: 'write.format',
    expected: 'webdataset',
    found: format,
    failure: 'manifest',
    hint: 'remove `write.format`, or stop at the shards: `pipeline: shards`, or `--until write`',
  })
}

function partitionAdapter({
  options: given,
  takes,
  facts,
  splits,
}: PartitionContext<Options>): Partition<typeof tasks>[] {
  const shards = (takes.shards ?? []).map((task) => task.key)
  const features: Partition<typeof tasks> = {
    kind: 'features',
    key: 'features',
    splits,
    takes: { shards, centres: newest(takes.centres) },
    exclusive: true,
  }
  return [
    features,
    ...plannedModels(facts, given).map((key): Partition<typeof tasks> => ({
      kind: 'fit',
      key,
      splits,
      after: [features.key],
    })),
  ]
}

/**
 * `mix-…`, one per group of shards: the same pairs divided at random into as many parts as there are
 * experts, each pair once; seed and dense see all parts. Then the seed, and after it every other model.
 */
function partitionTraining({
  options: given,
  takes,
  facts,
  splits,
}: PartitionContext<Options>): Partition<typeof tasks>[] {
  const shards = takes.shards ?? []
  const mixes = shards
    .filter((task) => task.key !== catalogueKey)
    .map((task): Partition<typeof tasks> => ({
      kind: 'mix',
      key: `mix-${task.key}`,
      splits: task.splits,
      takes: { shards: [task.key] },
      params: { parts: expertsOf(facts) },
    }))
  const versions = given.versions ?? trainerVersions
  const models = plannedModels(facts, given)
  const trained = models.map((key): Partition<typeof tasks> => {
    const { kind } = modelOf(key)
    return {
      kind: kind === 'seed' ? 'seed' : 'train',
      key,
      splits,
      takes: {
        shards:
          kind === 'expert'
            ? shards.map((task) => task.key)
            : shards.filter((task) => task.key === catalogueKey).map((task) => task.key),
      },
      after: [
        ...(kind === 'expert' ? [] : mixes.map((mix) => mix.key)),
        ...(kind !== 'seed' && models.includes('seed') ? ['seed'] : []),
      ],
      params: {
        versions,
        epochs: kind === 'seed' ? given.seed_epochs : given.expert_epochs,
        ...(kind === 'dense' ? { samples: given.dense_samples } : {}),
      },
      // One thread on a CPU leaves the other cores to other models.
      exclusive: given.device !== 'cpu' || given.threads !== 1 || given.gpus !== 1,
      nondeterministic: true,
    }
  })
  return [...mixes, ...trained]
}

/** Names without a slash are architectures of open_clip; anything with a slash is a folder. */
function isPath(model: string): boolean {
  return model.includes('/')
}
