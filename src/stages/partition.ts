import type { PartitionContext, PlannedTask, Slice, Split } from './planning.js'

/** The part of a stage's context that these functions read. */
type Sliceable = Pick<PartitionContext<unknown>, 'splits' | 'takes'>

/**
 * One task per split of the run's input; on every port the task takes the upstream task of the same split.
 */
export function bySplit(...ports: readonly string[]): (context: Sliceable) => Slice[] {
  return ({ splits, takes }) => {
    const byPort = ports.map((port) => ({
      port,
      keys: new Map(
        (takes[port] ?? []).flatMap((task) => task.splits.map((split) => [split.id, task.key] as const)),
      ),
    }))
    return splits.map((split) => ({
      key: `split-${split.id}`,
      splits: [split],
      takes: Object.fromEntries(
        byPort.flatMap(({ port, keys }) => {
          const key = keys.get(split.id)
          return key === undefined ? [] : [[port, [key]]]
        }),
      ),
    }))
  }
}

/** One task that takes everything on these ports and may use every core. */
export function whole(...ports: readonly string[]): (context: Sliceable) => Slice[] {
  return ({ splits, takes }) => [
    {
      key: 'whole',
      splits,
      takes: Object.fromEntries(ports.map((port) => [port, (takes[port] ?? []).map((task) => task.key)])),
      exclusive: true,
    },
  ]
}

/** Key of the last task of a stage whose tasks continue one another: its result holds everything. */
export function newest(tasks: readonly PlannedTask[] | undefined): readonly string[] {
  return (tasks ?? []).slice(-1).map((task) => task.key)
}

/** Number of runs before the one that first had this split. */
export function generationOf(split: Split): number {
  return split.shard.generation ?? 0
}
