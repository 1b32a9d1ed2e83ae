import { PipelineError } from '../../../core/error.js'
import type { Earlier, Facts, Partition, PartitionContext } from '../../define.js'
import { expertsOf, fineOf, statedFacts, type Generation } from '../../facts.js'
import { generationOf, whole } from '../../partition.js'
import type { Options } from '../options.js'
import type { Tasks } from '../tasks.js'

/** Key of the task that adds an expert for the shards of a generation. */
const addedKey = (generation: number) => `added-${generation}`

/**
 * Tasks of a run that continues an earlier one: the earlier run's tasks, reused, and one that adds an expert
 * if `new_expert_fine` is set.
 */
export function continueFrom(
  context: PartitionContext<Options>,
  earlier: Earlier,
): readonly Partition<Tasks>[] {
  const { splits, options } = context
  const added = options.new_expert_fine !== undefined
  if (earlier.generations === 0) {
    const [all] = whole('vectors', 'samples')(context)
    return [added ? { ...all!, kind: 'extend' } : { key: 'whole', kind: 'extend' }]
  }
  const adopted = earlier.tasks.map(({ key, fingerprint }): Partition<Tasks> => ({
    kind: 'fit',
    key,
    adopted: fingerprint,
  }))
  if (!added) return adopted
  const fresh = splits.filter((split) => generationOf(split) === earlier.generations)
  if (fresh.length === 0) {
    throw new PipelineError({
      code: 'E_NOTHING_NEW',
      failure: 'manifest',
      message: 'a new expert needs new shards, and the earlier run already had all of these',
      place: options.from,
      hint: 'add the new shards to `input`, or leave out `cluster.new_expert_fine`',
    })
  }
  const [all] = whole(
    'vectors',
    'samples',
  )({ ...context, splits: fresh, takes: takesOf(context, new Set(fresh.map(({ id }) => id))) })
  return [
    ...adopted,
    {
      ...all!,
      key: addedKey(earlier.generations),
      kind: 'extend',
      after: adopted.slice(-1).map(({ key }) => key),
    },
  ]
}

function takesOf(
  { takes }: PartitionContext<Options>,
  wanted: ReadonlySet<string>,
): PartitionContext<Options>['takes'] {
  return Object.fromEntries(
    Object.entries(takes).map(([port, tasks]) => [
      port,
      tasks.filter(({ splits }) => splits.some(({ id }) => wanted.has(id))),
    ]),
  )
}

/**
 * Sizes after the earlier run and a new expert; with a lock, also the sizes that each generation of shards
 * was planned with.
 */
export function factsAfter(earlier: Earlier, newExpertFine: number | undefined): Facts {
  const sizes = earlier.tasks.map(({ key, facts }): Generation => ({
    fine: fineOf(facts),
    experts: expertsOf(facts),
    centres: key,
  }))
  const last = sizes.at(-1)!
  const now =
    newExpertFine === undefined
      ? last
      : { fine: last.fine + newExpertFine, experts: last.experts + 1, centres: addedKey(earlier.generations) }
  if (earlier.generations === 0) return statedFacts({ fine: now.fine, experts: now.experts })
  const known = Array.from(
    { length: earlier.generations },
    (_, generation) => sizes.findLast(({ centres }) => firstGeneration(centres) <= generation) ?? sizes[0]!,
  )
  return statedFacts({ fine: now.fine, experts: now.experts, generations: [...known, now] })
}

function firstGeneration(key: string): number {
  return Number(/^added-(\d+)$/.exec(key)?.[1] ?? 0)
}
