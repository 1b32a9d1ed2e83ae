import { PipelineError } from '../../core/error.js'
import { openNpy } from '../../io/npy.js'
import type { CentreSet } from '../../math/nearest/exact.js'
import type { Artefact } from '../define.js'

export interface Centres {
  readonly fine: CentreSet
  /** Expert of every fine centre. */
  readonly expert: Uint16Array
  readonly experts: number
}

/** Reads what `cluster` left and checks that its files belong together. */
export async function readCentres(artefact: Artefact): Promise<Centres> {
  const npy = await openNpy(await artefact.open('fine.npy'))
  const [count = 0, width = 0] = npy.shape
  const source = await artefact.open('experts.json')
  const { fine_to_expert: map, expert_population: population } = JSON.parse(
    Buffer.from(await source.read(0, source.size)).toString('utf8'),
  ) as {
    fine_to_expert: number[]
    expert_population: number[]
  }
  if (map.length !== count || map.some((expert) => !(expert >= 0 && expert < population.length))) {
    throw new PipelineError({
      code: 'E_CENTRES_INCONSISTENT',
      message: 'the map from fine centres to experts does not fit the centres',
      place: `${artefact.stage}/${artefact.key}/experts.json`,
      expected: `${count} experts below ${population.length}`,
      found: `${map.length} entries`,
    })
  }
  return {
    fine: { centres: await npy.readRows(0, count), count, width },
    expert: Uint16Array.from(map),
    experts: population.length,
  }
}
