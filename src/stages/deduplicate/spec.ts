import { defineStage, type Partition, type PartitionContext, type Split } from '../define.js'
import { fineOf } from '../facts.js'
import { Assignments, Vectors } from '../kinds.js'
import { bySplit } from '../partition.js'
import { options, type Options } from './options.js'
import { tasks } from './tasks.js'

export const deduplicate = defineStage({
  name: 'deduplicate',
  version: 1,
  doc: 'Marks near-duplicate captions within fine clusters, so that one of each group is written (SemDeDup).',
  takes: { vectors: { kind: Vectors }, assignments: { kind: Assignments } },
  makes: { assignments: { kind: Assignments } },
  rebuildable: true,
  options,
  tasks,
  runtime: ['onnxruntime'],
  reads_facts: ['fine'],
  idle: () => ['rows_per_task'],
  partition,
  estimate: ({ rows, partition }) => {
    if (partition.kind === 'sort')
      return { seconds: 0.05 + rows / 1e6, bytes: rows * 1600, memory_bytes: 3e8 + rows * 3200 }
    if (partition.kind === 'compare') {
      const perCluster = rows / (partition.params.to - partition.params.from)
      return {
        seconds: 1 + rows * perCluster * 8e-9,
        bytes: rows,
        memory_bytes: 3e8 + perCluster * 3200,
      }
    }
    return { seconds: 0.05 + rows / 1e6, bytes: rows * 12, memory_bytes: 2e8 + rows * 40 }
  },
  load: () => import('./run.js'),
})

/**
 * Sorts each split by fine cluster, so that a task that compares a range of clusters reads one range of
 * every split; then marks the duplicates per split.
 */
function partition(context: PartitionContext<Options>): Partition<typeof tasks>[] {
  const fine = fineOf(context.facts)
  const splits = bySplit('vectors', 'assignments')(context)
  const sorted = splits.map(({ key, takes }): Partition<typeof tasks> => ({
    kind: 'sort',
    key: key.replace('split', 'sorted'),
    takes,
    internal: true,
  }))
  const rows = context.splits.reduce((sum, split) => sum + rowsOf(split), 0)
  const count = Math.min(fine, Math.max(1, Math.ceil(rows / context.options.rows_per_task)))
  const compared = Array.from({ length: count }, (_, task): Partition<typeof tasks> => {
    const [from, to] = [Math.floor((task * fine) / count), Math.floor(((task + 1) * fine) / count)]
    return {
      kind: 'compare',
      key: `clusters-${from}-${to}`,
      after: sorted.map(({ key }) => key),
      params: { from, to },
      rows: (rows * (to - from)) / fine,
      exclusive: true,
      internal: true,
    }
  })
  const ends = splits.map(({ key, splits: own, takes }, index): Partition<typeof tasks> => ({
    kind: 'mark',
    key,
    splits: own,
    takes: { assignments: takes!.assignments! },
    after: compared.map((task) => task.key),
    params: { index },
  }))
  return [...sorted, ...compared, ...ends]
}

/** The number of rows of a tar is unknown before reading; 20 KB per pair is typical. */
function rowsOf({ shard, row_start, row_end }: Split): number {
  return (row_end ?? shard.rows ?? Math.ceil(shard.size / 20000)) - row_start
}
