import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../../core/clock.js'
import type { ObjectInfo, Store } from './store.js'

/** A claim that was not renewed for this long has expired: its process was killed. */
export const claimExpires_ms = 200_000
export const renewEvery_ms = 60_000
/** Holders stop relying on a claim well before others take it for expired. */
const trusted_ms = 150_000

/** The entry of a running process, under a key that only this process writes. */
export interface Claim {
  readonly key: string
  /**
   * Whether others may have taken it for expired at any time since it was made, because this process was
   * suspended or did not reach the store.
   */
  lapsed(): boolean
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
  const age = ageOf(clock)
  await store.create(key, content)
  const stop = new AbortController()
  const renewing = renew(store, key, content, clock, age, stop.signal)
  return {
    key,
    lapsed: age.lapsed,
    async end() {
      stop.abort()
      await renewing
      // Where the store does not answer, it expires by itself.
      await store
        .stat(key)
        .then((current) => emptyClaim(store, key, current?.version))
        .catch(() => {})
    },
  }
}

/** How long ago a claim was renewed. The monotonic clock may stop while the machine sleeps. */
function ageOf(clock: Clock) {
  const read = () => ({ wall: clock.now(), monotonic: clock.monotonic() })
  let last = read()
  let lapsed = false
  const check = () => {
    const now = read()
    lapsed ||= Math.max(now.wall - last.wall, now.monotonic - last.monotonic) > trusted_ms
    return lapsed
  }
  return {
    lapsed: check,
    read,
    renewedAt(time: ReturnType<typeof read>) {
      check()
      last = time
    },
  }
}

async function renew(
  store: Store,
  key: string,
  content: Uint8Array,
  clock: Clock,
  age: ReturnType<typeof ageOf>,
  stop: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(renewEvery_ms, stop).catch(() => {})
    if (stop.aborted) return
    const before = age.read()
    // A store that does not answer now may answer at the next attempt, well before the claim expires.
    await store
      .stat(key)
      .then((current) => store.replace(key, content, current?.version))
      .then((outcome) => outcome === 'conflict' || age.renewedAt(before))
      .catch(() => {})
  }
}

/** Keys of the claims below `prefix` that have neither ended nor expired, judged by the store's own time. */
export async function liveClaims(
  store: Store,
  prefix: string,
  expires_ms = claimExpires_ms,
  clock: Clock = systemClock,
): Promise<string[]> {
  return (await claimsBelow(store, prefix, expires_ms, clock)).live
}

/** Deletes the claims below `prefix` that have ended or expired. */
export async function clearClaims(store: Store, prefix: string, expires_ms = claimExpires_ms): Promise<void> {
  for (const key of (await claimsBelow(store, prefix, expires_ms, systemClock)).over) await store.remove(key)
}

/** Empties a claim, so that it is no longer live. */
export async function emptyClaim(store: Store, key: string, version: string | undefined): Promise<void> {
  await store.replace(key, new Uint8Array(0), version)
}

async function claimsBelow(
  store: Store,
  prefix: string,
  expires_ms: number,
  clock: Clock,
): Promise<{ live: string[]; over: string[] }> {
  const claims: ObjectInfo[] = []
  for await (const info of store.list(prefix)) claims.push(info)
  const open = claims.some(({ size }) => size > 0)
  // Who may not write to the store, and only looks, goes by the clock of this machine.
  const now = open ? await storeTime(store).catch(() => clock.now()) : 0
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
