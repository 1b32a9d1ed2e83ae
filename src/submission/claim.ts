import { parseJson } from '../core/parse-json.js'
import { number, object, text, type Shape } from '../core/shape.js'
import type { Clock } from '../core/clock.js'
import type { Store } from '../io/store/store.js'
import { claimKey } from './layout.js'

/** Holds a claim: one attempt at an element of an array. */
export interface Holder {
  readonly array: string
  readonly index: number
  readonly attempt: number
}

interface Held extends Holder {
  readonly beat: number
}

const heldClaim: Shape<Held> = object({ array: text, index: number, attempt: number, beat: number })

const beatMilliseconds = 60_000
const abandonedMilliseconds = 200_000
const pollMilliseconds = 10_000

/**
 * Lets one attempt at a time work on a task that is expensive or cannot repeat its bytes. A claim only
 * saves money; results are correct because records are create-once. A later attempt of the same element
 * takes a claim over at once, since the scheduler has given up the earlier one, which notices and stops.
 * The claim of another array expires when it has not been renewed for 200 seconds by the local clock.
 */
export class Claim {
  private readonly store: Store
  private readonly key: string
  private readonly holder: Holder
  private readonly clock: Clock
  private version: string
  private beat = 0
  private last: number

  private constructor(store: Store, key: string, holder: Holder, clock: Clock, version: string) {
    this.store = store
    this.key = key
    this.holder = holder
    this.clock = clock
    this.version = version
    this.last = clock.monotonic()
  }

  /**
   * Undefined if a later attempt of the same element holds the claim, or if `isDone` became true while
   * another array held it.
   */
  static async take(
    store: Store,
    fingerprint: string,
    holder: Holder,
    { clock, signal, isDone }: { clock: Clock; signal: AbortSignal; isDone: () => Promise<boolean> },
  ): Promise<Claim | undefined> {
    const key = claimKey(fingerprint)
    let seen: string | undefined
    let since = clock.monotonic()
    for (;;) {
      const found = await store.stat(key)
      const held = found ? await read(store, key) : undefined
      if (held && sameElement(held, holder) && held.attempt > holder.attempt) return undefined
      if (found?.version !== seen) {
        seen = found?.version
        since = clock.monotonic()
      }
      const free = !held || sameElement(held, holder) || clock.monotonic() - since >= abandonedMilliseconds
      if (free) {
        const outcome = await store.replace(key, encode({ ...holder, beat: 0 }), found?.version)
        if (outcome !== 'conflict') return new Claim(store, key, holder, clock, outcome.version)
        continue
      }
      if (await isDone()) return undefined
      await clock.sleep(pollMilliseconds, signal)
    }
  }

  /** Renews the claim when due. False if another attempt has taken it over: this one has to stop. */
  async renew(): Promise<boolean> {
    if (this.clock.monotonic() - this.last < beatMilliseconds) return true
    this.last = this.clock.monotonic()
    this.beat += 1
    const outcome = await this.store.replace(
      this.key,
      encode({ ...this.holder, beat: this.beat }),
      this.version,
    )
    if (outcome === 'conflict') return false
    this.version = outcome.version
    return true
  }

  async release(): Promise<void> {
    const found = await this.store.stat(this.key)
    if (found?.version === this.version) await this.store.remove(this.key)
  }
}

function sameElement(a: Holder, b: Holder): boolean {
  return a.array === b.array && a.index === b.index
}

/** A damaged claim counts as free, since no holder can renew it. */
async function read(store: Store, key: string): Promise<Held | undefined> {
  try {
    return parseJson(await store.read(key), key, heldClaim)
  } catch {
    return undefined
  }
}

function encode(held: Held): Uint8Array {
  return Buffer.from(`${JSON.stringify(held)}\n`)
}
