import type { CentreDistances } from './distances.js'

/** λ and τ, the widths of the kernels that turn distances into weights. */
export interface Scale {
  readonly lambda: number
  readonly temperature: number
}

/** Used unless a manifest or a caller sets another. λ is the paper's. */
export const defaultScale: Scale = { lambda: 0.2, temperature: 0.1 }

/** A rule's result for the distances of some texts to the centres. */
export interface Weighed {
  /**
   * [experts] for a rule that weighs the task as a whole, [texts, experts] for one that weighs each text;
   * every row sums to 1.
   */
  readonly weights: Float64Array
  /** One per text: how close it is to the centres, in the rule's own measure. */
  readonly affinity: Float64Array
}

/** Turns class names, captions or queries into weights of the experts. */
export interface RoutingRule<Name extends string = string> {
  /** Used in options, flags and documents. */
  readonly name: Name
  /**
   * Used in tables and charts of the report, after "Routed, " or at the start of a line: `coarse centres`.
   */
  readonly label: string
  /** Continues "Routing rules to score: " in the reference: `as the paper states it`. */
  readonly doc: string
  /** `task`: all texts share one set of weights; `text`: each text has its own. */
  readonly weighs: 'task' | 'text'
  /** The nearest centres that determine the weights; `routing.json` and `coterie route` list them. */
  readonly centres: 'fine' | 'coarse'
  /** The scale that `weigh` reads; null: neither. */
  readonly scale: keyof Scale | null
  /** Below this mean affinity the texts are far from every centre: `evaluate` and `coterie route` warn. */
  readonly min_affinity?: number
  /** `evaluate` also scores the mean of the routed score and the dense model's. */
  readonly with_dense?: boolean
  /** Whether `trainer/coterie_trainer/routing.py` also computes it. */
  readonly python: boolean
  weigh(distances: CentreDistances, scale: Scale): Weighed
}

/** Keeps the literal type of the name, from which the union of all names derives. */
export function defineRule<const Name extends string>(rule: RoutingRule<Name>): RoutingRule<Name> {
  return rule
}
