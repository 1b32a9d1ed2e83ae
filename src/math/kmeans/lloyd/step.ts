import type { PassResult } from './pass.js'
import { inertiaOf, moveToMeans, overshoot } from './update.js'

/** The state of a fit between two full passes. Plain data: a pass can be made elsewhere, in parts. */
export interface LloydState {
  /** [clusters, width], changed in place. */
  readonly centres: Float32Array
  /** Sum of squared distances before each pass. */
  readonly inertia: number[]
  /** Points per cluster in the last pass. */
  counts: Float64Array
  /** Centres that had lost all their points and were relocated. */
  reassigned: number
  readonly swapped: number
  /** Number of passes so far, of any kind: the salt of the next pass's draws. */
  pass: number
  /** Further passes would change next to nothing. */
  done: boolean
}

export interface StepOptions {
  readonly squared_norms: number
  readonly spherical: boolean
  /** Upper limit on full passes. */
  readonly passes: number
}

/** Passes end early when one improves the inertia by a smaller share than this. */
const tolerance = 1e-4

/**
 * The reduce half of a full Lloyd pass: moves the centres by the sums over all points. Changes `state` in
 * place.
 */
export function lloydStep(
  state: LloydState,
  { sums, relocations }: PassResult,
  { squared_norms, spherical, passes }: StepOptions,
): void {
  const { inertia, centres } = state
  const at = inertia.length
  inertia.push(inertiaOf(sums, centres, squared_norms))
  const still = at > 0 && inertia[at - 1]! - inertia[at]! < tolerance * inertia[at - 1]!
  const last = at === passes - 1 || still
  const moved = moveToMeans(centres, sums, {
    spherical,
    relocations: relocations.map(({ vector }) => vector),
    step: last ? 1 : overshoot,
  })
  state.counts = sums.counts
  state.reassigned += moved
  state.pass += 1
  state.done = at === passes - 1 || (moved === 0 && still)
}
