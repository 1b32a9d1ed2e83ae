import { joinFetched } from './join-fetched.js'
import type { StoreSettings } from '../store/backends.js'
import { diagnosis, type Diagnosis } from './check.js'

/**
 * Checks img2dataset's output against the lists and counts losses by reason. `max_lost` is a share of the
 * list.
 */
export async function diagnoseFetched(
  lists: string,
  fetched: string,
  max_lost: number,
  settings?: StoreSettings,
): Promise<Diagnosis> {
  const joined = await joinFetched(lists, fetched, settings)
  const lost = joined.listed - joined.fetched
  const reasons = Object.entries(joined.lost)
    .sort()
    .map(([reason, count]) => `${count} ${reason}`)
  return diagnosis([
    {
      name: 'samples fetched',
      ok: joined.fetched > 0,
      found: `${joined.fetched} of ${joined.listed}, in ${joined.shards.length} tars`,
    },
    {
      name: 'samples lost',
      ok: lost <= max_lost * joined.listed,
      found: lost === 0 ? 'none' : reasons.join(', '),
    },
    {
      name: 'img2dataset came to its end',
      ok: joined.lost.not_tried === undefined,
      found:
        joined.lost.not_tried === undefined
          ? 'every listed sample was tried'
          : `${joined.lost.not_tried} samples are missing from its tables: run it again`,
    },
    {
      name: 'nothing else among them',
      ok: joined.strangers === 0,
      found:
        joined.strangers === 0
          ? 'every sample is in the lists, once'
          : `${joined.strangers} samples that are not in the lists, or duplicates`,
    },
  ])
}
