import type { CentreSets } from '../../routing/distances.js'
import type { Artefact } from '../define.js'
import { fileOf } from './bundle.js'
import { matrix } from './set-features.js'

export interface Centres extends CentreSets {
  readonly experts: number
}

export async function readCentres(artefact: Artefact): Promise<Centres> {
  const [fine, coarse] = await Promise.all([matrix(artefact, 'fine.npy'), matrix(artefact, 'coarse.npy')])
  const { fine_to_expert: map } = JSON.parse(
    Buffer.from(await fileOf(artefact, 'experts.json')).toString('utf8'),
  ) as { readonly fine_to_expert: readonly number[] }
  const experts = coarse.rows
  return {
    experts,
    fine: { vectors: fine.data, width: fine.width, experts: map, expert_count: experts },
    coarse: {
      vectors: coarse.data,
      width: coarse.width,
      experts: Array.from({ length: experts }, (_, expert) => expert),
      expert_count: experts,
    },
  }
}
