import { randomBytes } from 'node:crypto'
import { systemClock } from '../../core/clock.js'
import { localStore } from '../store/local/store.js'
import { openStore } from '../store/open.js'
import type { Place } from '../store/place.js'
import { parseUri } from '../store/uri.js'
import type { Diagnosis } from './check.js'
import { probeStore } from './store.js'

/**
 * Probes a folder or an S3 prefix through several handles, none of which knows of the others. `listed`
 * objects are made for the listing check.
 */
export async function diagnoseStore(uri: string, place?: Place, listed?: number): Promise<Diagnosis> {
  const id = randomBytes(6).toString('hex')
  const parsed = parseUri(uri)
  if (parsed.scheme === 'file') {
    return probeStore({
      handles: Array.from({ length: 4 }, () => localStore(parsed.path)),
      id,
      clock: systemClock,
      listed,
    })
  }
  await openStore(uri, place)
  const { s3Store } = await import('../store/s3/store.js')
  const several = (multipart_above?: number) =>
    Array.from({ length: 4 }, () => s3Store(parsed.bucket, parsed.key, place, { multipart_above }))
  return probeStore({ handles: several(), multipart: several(0), id, clock: systemClock, listed })
}
