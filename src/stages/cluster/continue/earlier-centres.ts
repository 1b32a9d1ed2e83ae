import { join } from 'node:path'
import { PipelineError } from '../../../core/error.js'
import { openNpy } from '../../../io/npy.js'
import type { ByteSource } from '../../../io/source.js'
import type { TaskContext } from '../../define.js'
import type { FittedCentres } from '../centres.js'
import type { ExpertsFile } from '../experts-file.js'
import type { Quality } from '../quality.js'
import type { Options } from '../options.js'

export interface EarlierCentres {
  readonly centres: FittedCentres
  readonly quality: Quality
}

export const centreFiles = ['fine.npy', 'coarse.npy', 'experts.json', 'quality.json'] as const
export type CentreFile = (typeof centreFiles)[number]

/**
 * Opens files of the centres that this task goes on from: of the task before it, or in the folder that `from`
 * names.
 */
export function earlierFiles({
  after,
  options,
  openUri,
}: TaskContext<Options>): (name: CentreFile) => Promise<ByteSource> {
  const last = after.at(-1)
  if (last) return (name) => last.open(name)
  const folder = options.from!
  return (name) =>
    openUri(folder.includes('://') ? `${folder.replace(/\/$/, '')}/${name}` : join(folder, name))
}

/** Throws `E_CENTRES_INCONSISTENT` where the files do not belong together. */
export async function readEarlierCentres(
  open: (name: CentreFile) => Promise<ByteSource>,
): Promise<EarlierCentres> {
  const json = async <T>(name: CentreFile) => {
    const source = await open(name)
    return JSON.parse(new TextDecoder().decode(await source.read(0, source.size))) as T
  }
  const set = async (name: CentreFile) => {
    const npy = await openNpy(await open(name))
    const [count = 0, width = 0] = npy.shape
    return { centres: await npy.readRows(0, count), count, width }
  }
  const [fine, coarse, experts] = [
    await set('fine.npy'),
    await set('coarse.npy'),
    await json<ExpertsFile>('experts.json'),
  ]
  if (
    experts.fine_to_expert.length !== fine.count ||
    experts.expert_population.length !== coarse.count ||
    coarse.width !== fine.width
  ) {
    throw new PipelineError({
      code: 'E_CENTRES_INCONSISTENT',
      message: 'the files of the earlier centres do not belong together',
      place: (await open('experts.json')).uri,
      expected: `${fine.count} fine centres and ${coarse.count} experts of the same width`,
      found: `a map of ${experts.fine_to_expert.length} fine centres to ${experts.expert_population.length} experts`,
    })
  }
  return { centres: { fine, coarse, ...experts }, quality: await json<Quality>('quality.json') }
}
