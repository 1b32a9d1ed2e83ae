import { isActive } from './judge.js'
import type { ObservedElement } from './observe.js'

/** Elements of a stage that the scheduler keeps waiting for the same reason. */
export interface WaitingElements {
  readonly stage: string
  readonly elements: number
  /** In the scheduler's words. */
  readonly reason: string
}

/** Why pending elements wait, other than for the elements before them; in the order of the stages. */
export function waitingElements(elements: readonly ObservedElement[]): WaitingElements[] {
  const counted = new Map<string, WaitingElements>()
  for (const { array, verdict } of elements) {
    const { waits: reason } = verdict
    if (reason === undefined || !isActive(verdict)) continue
    const key = JSON.stringify([array.node, reason])
    counted.set(key, { stage: array.node, elements: (counted.get(key)?.elements ?? 0) + 1, reason })
  }
  return [...counted.values()]
}
