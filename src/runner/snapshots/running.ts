import { resolve } from 'node:path'
import type { Clock } from '../../core/clock.js'
import { sha256 } from '../../core/digest.js'
import { parseJson } from '../../core/parse-json.js'
import { list, object, text } from '../../core/shape.js'
import { whoami } from '../../core/who.js'
import { type Claim, clearClaims, holdClaim, liveClaims } from '../../io/store/claim.js'
import type { Store } from '../../io/store/store.js'
import type { RunTasks } from '../../planner/types.js'

const runningPrefix = '_live/running/'
const submittedPrefix = '_live/submitted/'
const deletingPrefix = '_live/deleting/'

const running = object({ manifest: text, user: text, host: text, fingerprints: list(text) })

/**
 * Registers a run that begins, with the results that it makes or reuses, so that no garbage collection takes
 * them. If one is deleting at this moment, waits for its end: what the run finds afterwards stays.
 */
export async function registerRunning(
  store: Store,
  path: string,
  plan: RunTasks,
  clock: Clock,
): Promise<Claim> {
  const claim = await holdClaim(store, runningPrefix, registration(path, plan), clock)
  while ((await liveClaims(store, deletingPrefix)).length > 0) await clock.sleep(1000)
  return claim
}

/** Jobs on a scheduler have no process that renews a claim; this long after submission they are over. */
const submitted_ms = 30 * 86_400_000

/** Registers a run that a scheduler carries out: what it relies on is kept for 30 days. */
export async function registerSubmitted(store: Store, path: string, plan: RunTasks): Promise<void> {
  const bytes = registration(path, plan)
  await store.create(`${submittedPrefix}${sha256(bytes)}.json`, bytes)
}

function registration(path: string, plan: RunTasks): Uint8Array {
  const fingerprints = plan.stages.flatMap(({ tasks }) => tasks.map((task) => task.fingerprint))
  return new TextEncoder().encode(JSON.stringify({ manifest: resolve(path), ...whoami(), fingerprints }))
}

/** The results that runs in progress rely on. */
export async function fingerprintsInUse(store: Store): Promise<string[]> {
  const submitted = await liveClaims(store, submittedPrefix, submitted_ms)
  return [...(await fingerprintsRunning(store)), ...(await fingerprintsOf(store, submitted))]
}

/** The results that processes which run at this moment make or rely on. */
export const fingerprintsRunning = async (store: Store): Promise<string[]> =>
  fingerprintsOf(store, await liveClaims(store, runningPrefix))

async function fingerprintsOf(store: Store, claims: readonly string[]): Promise<string[]> {
  const used: string[] = []
  for (const key of claims) {
    // A run that ended between listing and reading has registered its snapshot before.
    const bytes = (await store.stat(key)) && (await store.read(key).catch(() => undefined))
    if (!bytes || bytes.byteLength === 0) continue
    for (const fingerprint of parseJson(bytes, `${store.uri}/${key}`, running).fingerprints)
      used.push(fingerprint)
  }
  return used
}

/** Deletes what runs left that have ended. */
export async function clearRegistrations(store: Store): Promise<void> {
  await clearClaims(store, runningPrefix)
  await clearClaims(store, submittedPrefix, submitted_ms)
}

/** Announces deletion, for as long as the claim is held. Roots must be read after this. */
export const announceDeletion = (store: Store, clock: Clock): Promise<Claim> =>
  holdClaim(store, deletingPrefix, new TextEncoder().encode(JSON.stringify(whoami())), clock)
