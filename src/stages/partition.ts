import type { Facts, Partition, PartitionContext, PlannedTask, Split } from './define.js'

/**
 * One task per split of the run's input; on every port the task takes the upstream task of the same split.
 */
export function bySplit(...ports: readonly string[]): (context: PartitionContext<unknown>) => Partition[] {
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
export function whole(...ports: readonly string[]): (context: PartitionContext<unknown>) => Partition[] {
  return ({ splits, takes }) => [
    {
      key: 'whole',
      splits,
      takes: Object.fromEntries(ports.map((port) => [port, (takes[port] ?? []).map((task) => task.key)])),
      cores: 'all',
    },
  ]
}

/**
 * Of a stage whose later tasks go on from earlier ones: the key of the last, whose result holds everything.
 */
export function newest(tasks: readonly PlannedTask[] | undefined): readonly string[] {
  return (tasks ?? []).slice(-1).map((task) => task.key)
}

/**
 * What a generation of shards was planned with: sizes, and the task whose centres its rows are compared with.
 */
export interface Generation {
  readonly fine: number
  readonly experts: number
  readonly centres: string
}

/** Of the shards themselves, by generation; empty where the run did not go on from an earlier one. */
export function generationsIn(facts: Facts): readonly Generation[] {
  return Array.isArray(facts.generations) ? (facts.generations as unknown as readonly Generation[]) : []
}

/**
 * The facts as they were when shards of this generation were new, so that tasks of older shards keep their
 * fingerprints. Undefined: as they are.
 */
export function factsOf(facts: Facts, generation: number): Facts | undefined {
  const all = generationsIn(facts)
  const then = all[generation]
  if (!then || generation === all.length - 1) return undefined
  const { generations: _, ...rest } = facts
  const held = { ...rest, fine: then.fine, experts: then.experts }
  return generation === 0 ? held : { ...held, generations: all.slice(0, generation + 1) as never }
}

export function generationOf(split: Split): number {
  return split.shard.generation ?? 0
}
