import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/clock.js'
import type { ObjectInfo, Store } from './store.js'

/** A claim that was not renewed for this long has expired: its process was killed. */
export const claimExpires_ms = 200_000
const renewEvery_ms = 60_000

/** What is left of a claim that has ended. */
const ended = new Uint8Array(0)

/** What a process that is still running says about itself, under a key of its own. */
export interface Claim {
  readonly key: string
  /**
   * Stops renewing, and empties the claim. Whoever runs may have no permission to delete: garbage collection
   * does that.
   */
  end(): Promise<void>
}

/**
 * Creates a claim below `prefix` under a random name, and renews it until it ends. Nothing is safe because
 * of a claim alone: results are create-once. A claim only tells others what is in use.
 */
export async function holdClaim(
  store: Store,
  prefix: string,
  content: Uint8Array,
  clock: Clock,
): Promise<Claim> {
  const key = `${prefix}${randomUUID()}.json`
  await store.create(key, content)
  const stop = new AbortController()
  const renewing = renew(store, key, content, clock, stop.signal)
  return {
    key,
    async end() {
      stop.abort()
      await renewing
      await store.replace(key, ended, (await store.stat(key))?.version)
    },
  }
}

async function renew(
  store: Store,
  key: string,
  content: Uint8Array,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(renewEvery_ms, stop).catch(() => {})
    if (stop.aborted) return
    // A store that does not answer now may answer at the next attempt, well before the claim expires.
    await store
      .stat(key)
      .then((current) => store.replace(key, content, current?.version))
      .catch(() => {})
  }
}

/** Keys of the claims below `prefix` that have neither ended nor expired, judged by the store's own time. */
export async function liveClaims(
  store: Store,
  prefix: string,
  expires_ms = claimExpires_ms,
): Promise<string[]> {
  return (await claimsBelow(store, prefix, expires_ms)).live
}

/** Deletes the claims below `prefix` that have ended or expired. */
export async function clearClaims(store: Store, prefix: string, expires_ms = claimExpires_ms): Promise<void> {
  for (const key of (await claimsBelow(store, prefix, expires_ms)).over) await store.remove(key)
}

async function claimsBelow(
  store: Store,
  prefix: string,
  expires_ms: number,
): Promise<{ live: string[]; over: string[] }> {
  const claims: ObjectInfo[] = []
  for await (const info of store.list(prefix)) claims.push(info)
  const open = claims.filter(({ size }) => size > 0)
  const now = open.length === 0 ? 0 : await storeTime(store)
  const isLive = ({ modified_ms, size }: ObjectInfo) => size > 0 && now - modified_ms < expires_ms
  return {
    live: claims.filter(isLive).map(({ key }) => key),
    over: claims.filter((claim) => !isLive(claim)).map(({ key }) => key),
  }
}

/** The time on the store's clock, which may differ from this machine's. */
async function storeTime(store: Store): Promise<number> {
  const key = '_live/time'
  const before = await store.stat(key)
  // Where another process writes it at the same moment, its time serves as well.
  await store.replace(key, new TextEncoder().encode(randomUUID()), before?.version)
  return (await store.stat(key))?.modified_ms ?? 0
}
