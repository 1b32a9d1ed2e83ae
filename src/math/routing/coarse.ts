import type { Landing } from './landing.js'
import { published } from './published.js'
import type { Routing } from './weights.js'

/**
 * The paper's ablation that routes by coarse centres (arXiv 2404.16030, table "coarse-grained routing"): the
 * published rule with one centre per expert, S_c = {coarse centre of c}. `landings` are those among the
 * coarse centres.
 */
export function coarse(landings: readonly Landing[], experts: number, lambda = 0.2): Routing {
  return published(landings, experts, lambda)
}
