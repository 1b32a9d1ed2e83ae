import { randomBytes } from 'node:crypto'
import { systemClock } from '../../core/clock.js'
import { locate, settingsFor, type StoreSettings } from '../store/backends.js'
import type { Store } from '../store/store.js'
import type { Diagnosis } from './check.js'
import { probeStore } from './store.js'

const machines = 4

/**
 * Probes a folder or a prefix through several independent handles. The listing check creates `listed`
 * objects.
 */
export async function diagnoseStore(
  uri: string,
  settings?: StoreSettings,
  listed?: number,
): Promise<Diagnosis> {
  const id = randomBytes(6).toString('hex')
  const at = locate(uri)
  const open = (in_parts: boolean) =>
    Array.from({ length: machines }, () =>
      at.backend.openHandle(at, settingsFor(at.backend, settings), in_parts),
    ).filter((handle): handle is Promise<Store> => handle !== undefined)
  const [handles, multipart] = [await Promise.all(open(false)), await Promise.all(open(true))]
  return probeStore({
    handles,
    ...(multipart.length > 0 ? { multipart } : {}),
    id,
    clock: systemClock,
    listed,
  })
}
