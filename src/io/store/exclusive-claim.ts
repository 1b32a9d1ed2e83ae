import type { Clock } from '../../core/clock.js'
import { claimExpires_ms, emptyClaim, liveClaims, renewEvery_ms } from './claim.js'
import { readIfThere } from './read-if-there.js'
import type { Store } from './store.js'

const poll_ms = 10_000

export interface Contest {
  /** Keys of claims for the same thing begin with it. */
  readonly prefix: string
  readonly content: Uint8Array
  /**
   * What a live claim with this content means for this one: `ours` is taken over at once, `later` wins, and
   * `other` is waited for.
   */
  readonly against: (content: Uint8Array) => 'ours' | 'later' | 'other'
  /** Ends the wait: what the claim is for was done meanwhile. */
  readonly isDone: () => Promise<boolean>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * A claim that one process at a time holds. Claims for the same thing are numbered objects, and the one with
 * the highest number counts. Taking over creates the next number, which only one process can; no claim is
 * overwritten or deleted by others. As with every claim, nothing is safe because of it alone.
 */
export class ExclusiveClaim {
  private readonly store: Store
  private readonly contest: Contest
  private readonly number: number
  private version: string | undefined
  private last: number

  private constructor(store: Store, contest: Contest, number: number, version: string | undefined) {
    this.store = store
    this.contest = contest
    this.number = number
    this.version = version
    this.last = contest.clock.monotonic()
  }

  /** Undefined if a later claim counts, or if `isDone` became true while another process held the claim. */
  static async take(store: Store, contest: Contest): Promise<ExclusiveClaim | undefined> {
    const { prefix, content, against, isDone, clock, signal } = contest
    for (;;) {
      const number = await highest(store, prefix)
      const held = number < 0 ? undefined : await readLive(store, keyOf(prefix, number), clock)
      const verdict = held ? against(held) : 'ours'
      if (verdict === 'later') return undefined
      if (verdict === 'ours') {
        const key = keyOf(prefix, number + 1)
        if ((await store.create(key, content)) === 'exists') continue
        return new ExclusiveClaim(store, contest, number + 1, (await store.stat(key))?.version)
      }
      if (await isDone()) return undefined
      await clock.sleep(poll_ms, signal)
    }
  }

  /** Renews the claim when due. False if another process has taken it over: this one has to stop. */
  async renew(): Promise<boolean> {
    const { prefix, content, clock } = this.contest
    if (clock.monotonic() - this.last < renewEvery_ms) return true
    this.last = clock.monotonic()
    const outcome = await this.store.replace(this.key, content, this.version)
    if (outcome === 'conflict') return false
    this.version = outcome.version
    return (await this.store.stat(keyOf(prefix, this.number + 1))) === undefined
  }

  async release(): Promise<void> {
    await emptyClaim(this.store, this.key, this.version)
  }

  private get key(): string {
    return keyOf(this.contest.prefix, this.number)
  }
}

function keyOf(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(6, '0')}.json`
}

/** -1 if there is no claim. */
async function highest(store: Store, prefix: string): Promise<number> {
  let number = -1
  for await (const { key } of store.list(prefix))
    number = Math.max(number, Number(/^(\d+)\.json$/.exec(key.slice(prefix.length))?.[1] ?? -1))
  return number
}

/** Undefined if the claim has ended or expired. */
async function readLive(store: Store, key: string, clock: Clock): Promise<Uint8Array | undefined> {
  if ((await liveClaims(store, key, claimExpires_ms, clock)).length === 0) return undefined
  const content = await readIfThere(store, key)
  return content && content.byteLength > 0 ? content : undefined
}
