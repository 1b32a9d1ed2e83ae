import { defineStage, type Partition, type PartitionContext } from '../define.js'
import { expertsOf, factsAt, generationsOf, statedFacts } from '../facts.js'
import { Assignments, catalogueKey, Samples, Shards } from '../kinds.js'
import { groupSplits } from './grouping.js'
import { generationOf } from '../partition.js'
import { options, type WriteOptions } from './options.js'
import { tasks } from './tasks.js'

/**
 * Measured: about 150 MB/s for hashing, spooling and writing; checking a header takes about 10 µs, decoding
 * 2 ms.
 */
const byteSeconds = 1 / 150e6
const imageSeconds = { none: 0, header: 1e-5, decode: 2e-3 }

export const write = defineStage({
  name: 'write',
  version: 2,
  doc:
    'Writes one training set per expert: WebDataset tars (or parquet, or URL lists), with ' +
    'the out-of-cluster share mixed in, and the hold-out separately.',
  takes: { samples: { kind: Samples }, assignments: { kind: Assignments } },
  makes: { shards: { kind: Shards } },
  reads_input: true,
  rebuildable: true,
  later_files: ['sets.json'],
  reads_facts: ['experts'],
  options,
  tasks,
  // `train` needs to know how many shards a set will have, and whether it can read them.
  facts: ({ shard_megabytes, gpus, workers, format }) =>
    statedFacts({
      shard_megabytes,
      shard_loaders: gpus * workers,
      shard_format: format === 'parquet' ? format : undefined,
    }),
  idle: ({ order }) => (order === 'batched' ? [] : ['batch_rows']),
  partition,
  estimate: ({ rows, bytes, options: { ooc_ratio, images }, partition: { kind }, facts }) => {
    if (kind === 'catalogue') return { seconds: 0.1, bytes: 20_000, memory_bytes: 150e6 }
    const written = bytes * (1 + ooc_ratio * (expertsOf(facts) - 1))
    return {
      seconds: written * byteSeconds + rows * imageSeconds[images],
      bytes: Math.round(written),
      memory_bytes: 350e6 + rows * 40,
    }
  },
  load: () => import('./run.js'),
})

/** Shards that were added later form their own groups, so that what was written before stays as it is. */
function partition({
  options: { shard_megabytes },
  splits,
  takes,
  facts,
}: PartitionContext<WriteOptions>): Partition<typeof tasks>[] {
  const keyOf = (port: string) =>
    new Map((takes[port] ?? []).flatMap((task) => task.splits.map((split) => [split.id, task.key] as const)))
  const ports = ['samples', 'assignments'].map((port) => [port, keyOf(port)] as const)
  const groups: Partition<typeof tasks>[] = []
  let first = 0
  for (let generation = 0; generation < Math.max(1, generationsOf(facts).length); generation++) {
    const factsThen = factsAt(facts, generation)
    const own = splits.filter((split) => generationOf(split) === generation)
    if (own.length === 0) continue
    const all = groupSplits(own, expertsOf(factsThen ?? facts), shard_megabytes * 1e6)
    for (const group of all) {
      groups.push({
        kind: 'group',
        // The catalogue names them by path.
        named_by_path: true,
        key: `group-${String(first + group.index).padStart(3, '0')}`,
        splits: group.splits,
        takes: Object.fromEntries(
          ports.map(([port, keys]) => [port, group.splits.flatMap((split) => keys.get(split.id) ?? [])]),
        ),
        params: { group: first + group.index, groups: all.length },
        facts: factsThen,
      })
    }
    first += all.at(-1)!.index + 1
  }
  return [
    ...groups,
    {
      kind: 'catalogue',
      key: catalogueKey,
      after: groups.map((group) => group.key),
      names_inputs: ['README.md', 'croissant.json', 'shards.json'],
    },
  ]
}
