import { defineStage, type Partition, type PartitionContext, type Split } from '../define.js'
import { fineOf } from '../facts.js'
import { Assignments, Vectors } from '../kinds.js'
import { bySplit } from '../partition.js'
import { options, type Options } from './options.js'

export const deduplicate = defineStage({
  name: 'deduplicate',
  version: 1,
  doc: 'Marks near-duplicate captions within fine clusters, so that one of each group is written (SemDeDup).',
  takes: { vectors: { kind: Vectors }, assignments: { kind: Assignments } },
  makes: { assignments: { kind: Assignments } },
  options,
  runtime: ['onnxruntime'],
  partition,
  estimate: ({ rows, options: { rows_per_task }, partition: { key }, facts }) => {
    const fine = fineOf(facts, 1024)
    if (key.startsWith('sorted'))
      return { seconds: 0.05 + rows / 1e6, bytes: rows * 1600, memory_bytes: 3e8 + rows * 3200 }
    if (key.startsWith('clusters'))
      return {
        seconds: 1 + (rows_per_task ** 2 / fine) * 8e-9,
        bytes: rows_per_task,
        memory_bytes: 3e8 + (rows_per_task / fine) * 3200,
      }
    return { seconds: 0.05 + rows / 1e6, bytes: rows * 12, memory_bytes: 2e8 + rows * 40 }
  },
  load: () => import('./run.js'),
})

/**
 * Each split is sorted by fine cluster, so that a task that compares some clusters reads one range of every
 * split; then each split takes out what was found.
 */
function partition(context: PartitionContext<Options>): Partition[] {
  const fine = fineOf(context.facts)
  const splits = bySplit('vectors', 'assignments')(context)
  const sorted = splits.map(({ key, takes }): Partition => ({
    key: key.replace('split', 'sorted'),
    takes,
    inner: true,
  }))
  const rows = context.splits.reduce((sum, split) => sum + rowsOf(split), 0)
  const tasks = Math.min(fine, Math.max(1, Math.ceil(rows / context.options.rows_per_task)))
  const compared = Array.from({ length: tasks }, (_, task): Partition => {
    const [from, to] = [Math.floor((task * fine) / tasks), Math.floor(((task + 1) * fine) / tasks)]
    return {
      key: `clusters-${from}-${to}`,
      after: sorted.map(({ key }) => key),
      params: { from, to },
      cores: 'all',
      inner: true,
    }
  })
  const ends = splits.map(({ key, splits: own, takes }, index): Partition => ({
    key,
    splits: own,
    takes: { assignments: takes!.assignments! },
    after: compared.map((task) => task.key),
    params: { index },
  }))
  return [...sorted, ...compared, ...ends]
}

/** A tar's rows are not known before reading; pairs of 20 KB are typical. */
function rowsOf({ shard, row_start, row_end }: Split): number {
  return (row_end ?? shard.rows ?? Math.ceil(shard.size / 20000)) - row_start
}
