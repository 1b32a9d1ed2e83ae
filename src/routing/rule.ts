import type { CentreDistances } from './distances.js'

/** λ and τ, the widths of the kernels that turn distances into weights. */
export interface Scale {
  readonly lambda: number
  readonly temperature: number
}

/** Wherever neither a manifest nor a caller names another. λ is the paper's. */
export const defaultScale: Scale = { lambda: 0.2, temperature: 0.1 }

/** What a rule makes of the distances of some texts to the centres. */
export interface Weighed {
  /**
   * [experts] for a rule that weighs the task as a whole, [texts, experts] for one that weighs each text;
   * every row sums to 1.
   */
  readonly weights: Float64Array
  /** One per text: how close it is to the centres, in the rule's own measure. */
  readonly affinity: Float64Array
}

/** How class names, captions or queries become weights of the experts. */
export interface RoutingRule<Name extends string = string> {
  /** In options, flags and documents. */
  readonly name: Name
  /** In tables and charts of the report, after "Routed, " or at the start of a line: `coarse centres`. */
  readonly label: string
  /** Continues "Routing rules to score: " in the reference: `as the paper states it`. */
  readonly doc: string
  /** `task`: all texts together have one set of weights; `text`: each text has its own. */
  readonly weighs: 'task' | 'text'
  /** Which nearest centres stand behind the weights; `routing.json` and `coterie route` list them. */
  readonly centres: 'fine' | 'coarse'
  /** Which of the two widths `weigh` reads; null: neither. */
  readonly scale: keyof Scale | null
  /** Below this mean affinity the texts are far from every centre: `evaluate` and `coterie route` warn. */
  readonly least_affinity?: number
  /** `evaluate` also scores the mean of the routed score and the dense model's. */
  readonly with_dense?: boolean
  /** Whether `trainer/coterie_trainer/routing.py` computes it, too. */
  readonly python: boolean
  weigh(distances: CentreDistances, scale: Scale): Weighed
}

/** Keeps the literal type of the name, from which the union of all names derives. */
export function defineRule<const Name extends string>(rule: RoutingRule<Name>): RoutingRule<Name> {
  return rule
}
