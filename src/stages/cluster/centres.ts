import type { CentreSet } from '../../math/nearest/exact.js'

/** What a fit leaves: the content of `fine.npy`, `coarse.npy` and `experts.json`. */
export interface FittedCentres {
  readonly fine: CentreSet
  readonly coarse: CentreSet
  /** Expert of every fine centre. */
  readonly fine_to_expert: readonly number[]
  /** Sampled rows nearest to each fine centre, and their sums per expert. */
  readonly fine_population: readonly number[]
  readonly expert_population: readonly number[]
}
