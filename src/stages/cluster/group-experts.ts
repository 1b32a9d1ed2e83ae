import { groupCentres } from '../../math/kmeans/group-centres.js'
import type { CentreSet } from '../../math/nearest/exact.js'
import { populations } from '../../math/nearest/label.js'
import type { Centres } from '../../artefacts/centres.js'

export interface GroupingOptions {
  readonly steps: 'one' | 'two'
  readonly experts: number
  readonly seed: string | number
  readonly max_cluster_ratio: number | null
  readonly threads: number
}

/**
 * Groups fine centres, weighted by the number of rows nearest to each, into experts. With one step every fine
 * centre is an expert.
 */
export async function groupExperts(
  fine: CentreSet,
  label: Uint32Array,
  options: GroupingOptions,
): Promise<Centres> {
  return groupPopulated(fine, populations(label, fine.count), options)
}

/** Groups fine centres by the given numbers of rows nearest to each. */
export async function groupPopulated(
  fine: CentreSet,
  population: Float64Array,
  options: GroupingOptions,
): Promise<Centres> {
  const fine_population = [...population]
  if (options.steps === 'one') {
    return {
      fine,
      coarse: fine,
      fine_to_expert: fine_population.map((_, expert) => expert),
      fine_population,
      expert_population: fine_population,
    }
  }
  const groups = await groupCentres(fine.centres, fine.width, population, {
    groups: options.experts,
    seed: options.seed,
    max_ratio: options.max_cluster_ratio,
    threads: options.threads,
  })
  return {
    fine,
    coarse: { centres: groups.means, count: options.experts, width: fine.width },
    fine_to_expert: [...groups.group],
    fine_population,
    expert_population: [...groups.loads],
  }
}
