import type { ExecutionContext } from 'ava'
import type { Place } from './place.js'

/** A situation from the world, and what Coterie does about it: a row of docs/situations.md, and its test. */
export interface Situation {
  readonly situation: string
  /** What Coterie does, as the page says it. */
  readonly does: string
  /** Brings the situation about, runs the command line, and checks what it did. */
  readonly check: (t: ExecutionContext, place: Place) => Promise<void>
}

export interface Area {
  readonly area: string
  readonly situations: readonly Situation[]
}
