import { writeCentres, type Centres } from '../../artefacts/centres.js'
import { writeQuality, type Quality } from '../../artefacts/quality.js'
import type { TaskSurroundings } from '../define.js'

/** The four files of a `centres` artefact. */
export async function putCentres(
  { out, note }: Pick<TaskSurroundings, 'out' | 'note'>,
  centres: Centres,
  quality: Quality,
): Promise<void> {
  await writeCentres(out, centres)
  await writeQuality(out, quality)
  note('inertia', quality.inertia.mean)
}
