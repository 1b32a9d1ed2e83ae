import { canonicalJsonPretty } from '../../core/json.js'
import { sixDigits } from '../../core/six-digits.js'
import { encodeNpy } from '../../io/npy.js'
import type { TaskContext } from '../define.js'
import type { FittedCentres } from './centres.js'
import type { ExpertsFile } from './experts-file.js'
import type { Quality } from './quality.js'

/** The four files of a `centres` artefact. */
export async function putCentres(
  { out, note }: TaskContext<unknown>,
  centres: FittedCentres,
  quality: Quality,
): Promise<void> {
  const { fine, coarse, fine_to_expert, fine_population, expert_population } = centres
  const experts: ExpertsFile = { fine_to_expert, fine_population, expert_population }
  await out.put('fine.npy', encodeNpy(fine.centres, [fine.count, fine.width]), fine.count)
  await out.put('coarse.npy', encodeNpy(coarse.centres, [coarse.count, coarse.width]), coarse.count)
  await out.put('experts.json', `${canonicalJsonPretty(experts)}\n`)
  await out.put('quality.json', `${canonicalJsonPretty(sixDigits(quality))}\n`)
  note('inertia', quality.inertia.mean)
}
