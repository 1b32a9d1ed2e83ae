import { PipelineError } from '../core/error.js'
import { encodeNpy, openNpy } from '../io/npy.js'
import { readJson, readJsonOf, type Files } from '../io/read-whole.js'
import type { CentreSet } from '../math/nearest/exact.js'
import type { CentreSets } from '../routing/distances.js'
import type { CentreSet as RoutingSet } from '../routing/nearest.js'
import { putPretty, type DocumentSink } from './document.js'
import { experts, expertsName, type Experts } from './experts.js'

/** Result of a fit: the content of `fine.npy`, `coarse.npy` and `experts.json`. */
export interface Centres extends Experts {
  readonly fine: CentreSet
  /** One centre per expert. */
  readonly coarse: CentreSet
}

export const centreFiles = ['fine.npy', 'coarse.npy', expertsName] as const

export async function writeCentres(out: DocumentSink, centres: Centres): Promise<void> {
  const { fine, coarse, fine_to_expert, fine_population, expert_population } = centres
  await out.put('fine.npy', encodeNpy(fine.centres, [fine.count, fine.width]), fine.count)
  await out.put('coarse.npy', encodeNpy(coarse.centres, [coarse.count, coarse.width]), coarse.count)
  const document: Experts = { fine_to_expert, fine_population, expert_population }
  await putPretty(out, expertsName, document)
}

export async function readExperts(files: Files): Promise<Experts> {
  return readJsonOf(files, expertsName, experts)
}

/** Throws `E_CENTRES_INCONSISTENT` if the files do not belong together. */
export async function readCentres(files: Files): Promise<Centres> {
  const source = await files.open(expertsName)
  const [fine, coarse, document] = await Promise.all([
    readSet(files, 'fine.npy'),
    readSet(files, 'coarse.npy'),
    readJson(source, experts),
  ])
  const { fine_to_expert: map, expert_population: population } = document
  const known = (expert: number) => Number.isInteger(expert) && expert >= 0 && expert < population.length
  if (
    map.length !== fine.count ||
    population.length !== coarse.count ||
    coarse.width !== fine.width ||
    !map.every(known)
  ) {
    throw new PipelineError({
      code: 'E_CENTRES_INCONSISTENT',
      message: 'the files of the centres do not belong together',
      place: source.uri,
      expected: `an expert below ${coarse.count} for each of ${fine.count} fine centres, all of one width`,
      found:
        `${map.length} fine centres of width ${fine.width} in ${population.length} experts ` +
        `of width ${coarse.width}${map.every(known) ? '' : ', with other numbers'}`,
    })
  }
  return { fine, coarse, ...document }
}

async function readSet(files: Files, name: string): Promise<CentreSet> {
  const npy = await openNpy(await files.open(name))
  const [count = 0, width = 0] = npy.shape
  return { centres: await npy.readRows(0, count), count, width }
}

/** The centres in the form that routing rules take: each fine or coarse centre with its expert. */
export function centreSets({ fine, coarse, fine_to_expert }: Centres): CentreSets {
  const set = ({ centres, width }: CentreSet, experts: readonly number[]): RoutingSet => ({
    vectors: centres,
    width,
    experts,
    expert_count: coarse.count,
  })
  const each = Array.from({ length: coarse.count }, (_, expert) => expert)
  return { fine: set(fine, fine_to_expert), coarse: set(coarse, each) }
}
