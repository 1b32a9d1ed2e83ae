import type { Clock } from '../core/clock.js'
import { parseJson } from '../core/parse-json.js'
import { number, object, text, type Shape } from '../core/shape.js'
import { liveClaims } from '../io/store/claim.js'
import { ExclusiveClaim } from '../io/store/exclusive-claim.js'
import type { Store } from '../io/store/store.js'
import { claimsPrefix, earlierClaimKey } from './layout.js'

/** Holds a claim: one attempt at an element of an array. */
export interface Holder {
  readonly array: string
  readonly index: number
  readonly attempt: number
}

const holderShape: Shape<Holder> = object({ array: text, index: number, attempt: number })

/**
 * Lets one attempt at a time work on a task that is expensive or cannot repeat its bytes. A claim only
 * saves money; results are correct because records are create-once. A later attempt of the same element
 * takes a claim over at once, since the scheduler has given up the earlier one, which notices and stops.
 * The claim of another array is waited for. Undefined if a later attempt of the same element holds the claim,
 * or if `isDone` became true while another array held it.
 */
export async function claimTask(
  store: Store,
  fingerprint: string,
  holder: Holder,
  { clock, signal, isDone }: { clock: Clock; signal: AbortSignal; isDone: () => Promise<boolean> },
): Promise<ExclusiveClaim | undefined> {
  // Jobs of an earlier version, which kept one object for each task, may still run.
  const earlier = earlierClaimKey(fingerprint)
  while ((await liveClaims(store, earlier, undefined, clock)).length > 0) {
    if (await isDone()) return undefined
    await clock.sleep(10_000, signal)
  }
  return ExclusiveClaim.take(store, {
    prefix: claimsPrefix(fingerprint),
    content: Buffer.from(`${JSON.stringify(holder)}\n`),
    against: (content) => compare(content, holder),
    isDone,
    clock,
    signal,
  })
}

function compare(content: Uint8Array, holder: Holder): 'ours' | 'later' | 'other' {
  const held = read(content)
  // A damaged claim counts as free, since no holder can renew it.
  if (!held) return 'ours'
  if (held.array !== holder.array || held.index !== holder.index) return 'other'
  return held.attempt > holder.attempt ? 'later' : 'ours'
}

function read(content: Uint8Array): Holder | undefined {
  try {
    return parseJson(content, 'claim', holderShape)
  } catch {
    return undefined
  }
}
