import type { Clock } from '../../core/clock.js'
import { parseJson } from '../../core/parse-json.js'
import { list, object, text } from '../../core/shape.js'
import { whoami } from '../../core/who.js'
import { type Claim, clearClaims, holdClaim, liveClaims } from '../../io/store/claim.js'
import { readIfThere } from '../../io/store/read-if-there.js'
import type { Store } from '../../io/store/store.js'
import type { RunTasks } from '../../planner/types.js'
import { taskClaimsPrefix } from '../layout.js'
import { runBy } from '../owner.js'
import { clearSubmitted, fingerprintsSubmitted } from './submitted.js'

const runningPrefix = '_live/running/'
const deletingPrefix = '_live/deleting/'

const running = object({ manifest: text, user: text, host: text, fingerprints: list(text) })

/**
 * Registers a run that begins, with the results that it makes or reuses, so that no garbage collection
 * takes them. If one is deleting at this moment, waits for its end: what the run finds afterwards stays.
 */
export async function registerRunning(
  store: Store,
  path: string,
  plan: RunTasks,
  clock: Clock,
): Promise<Claim> {
  const claim = await holdClaim(store, runningPrefix, await registration(path, plan), clock)
  await endOfDeletion(store, clock)
  return claim
}

/** Waits until nobody deletes: deletions that begin later see what was registered before this call. */
export async function endOfDeletion(store: Store, clock: Clock): Promise<void> {
  while ((await liveClaims(store, deletingPrefix, undefined, clock)).length > 0) await clock.sleep(1000)
}

async function registration(path: string, plan: RunTasks): Promise<Uint8Array> {
  const fingerprints = plan.stages.flatMap(({ tasks }) => tasks.map((task) => task.fingerprint))
  return new TextEncoder().encode(JSON.stringify({ ...(await runBy(path)), fingerprints }))
}

/** The results that runs in progress rely on. */
export async function fingerprintsInUse(store: Store): Promise<string[]> {
  return [...(await fingerprintsRunning(store)), ...(await fingerprintsSubmitted(store))]
}

/** The results that processes which run at this moment make or rely on. */
export async function fingerprintsRunning(store: Store): Promise<string[]> {
  const used: string[] = []
  for (const key of await liveClaims(store, runningPrefix)) {
    // A run that ended between listing and reading has registered its snapshot before.
    const bytes = await readIfThere(store, key)
    if (!bytes || bytes.byteLength === 0) continue
    for (const fingerprint of parseJson(bytes, `${store.uri}/${key}`, running).fingerprints)
      used.push(fingerprint)
  }
  return used
}

/** Deletes what runs and deletions left that have ended. */
export async function clearRegistrations(store: Store): Promise<void> {
  for (const prefix of [runningPrefix, deletingPrefix, taskClaimsPrefix]) await clearClaims(store, prefix)
  await clearSubmitted(store)
}

/** Announces deletion, for as long as the claim is held. Roots must be read after this. */
export const announceDeletion = (store: Store, clock: Clock): Promise<Claim> =>
  holdClaim(store, deletingPrefix, new TextEncoder().encode(JSON.stringify(whoami())), clock)
