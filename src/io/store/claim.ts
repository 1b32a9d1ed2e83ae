import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/clock.js'
import type { Store } from './store.js'

/** A claim that was not renewed for this long has expired: its process was killed. */
export const claimExpires_ms = 200_000
const renewEvery_ms = 60_000

/** What a process that is still running says about itself, under a key of its own. */
export interface Claim {
  readonly key: string
  /** Stops renewing, and removes the claim. */
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
  const ended = new AbortController()
  const renewing = renew(store, key, content, clock, ended.signal)
  return {
    key,
    async end() {
      ended.abort()
      await renewing
      await store.remove(key)
    },
  }
}

async function renew(
  store: Store,
  key: string,
  content: Uint8Array,
  clock: Clock,
  ended: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(renewEvery_ms, ended).catch(() => {})
    if (ended.aborted) return
    // A store that does not answer now may answer at the next attempt, well before the claim expires.
    await store
      .stat(key)
      .then((current) => store.replace(key, content, current?.version))
      .catch(() => {})
  }
}

/** Keys of the claims below `prefix` that have not expired, judged by the store's own time. */
export async function liveClaims(
  store: Store,
  prefix: string,
  expires_ms = claimExpires_ms,
): Promise<string[]> {
  const claims: { key: string; modified_ms: number }[] = []
  for await (const info of store.list(prefix)) claims.push(info)
  if (claims.length === 0) return []
  const now = await storeTime(store)
  return claims.filter(({ modified_ms }) => now - modified_ms < expires_ms).map(({ key }) => key)
}

/** The time on the store's clock, which may differ from this machine's. */
async function storeTime(store: Store): Promise<number> {
  const key = `_live/time/${randomUUID()}`
  await store.create(key, new Uint8Array(0))
  const written = await store.stat(key)
  await store.remove(key)
  return written?.modified_ms ?? 0
}
