import type { CentreDistances } from './distances.js'
import type { NearestCentre } from './nearest.js'
import type { RoutingRule, Scale } from './rule.js'
import { defaultRule, type Rule } from './rules.js'
import type { Routed } from './weigh.js'

/** The entry of one rule in `routing.json` and `coterie route`. */
export interface RoutedRule {
  readonly rule: Rule
  /** One per expert, summing to 1; for `queries` the mean over the queries. */
  readonly weights: readonly number[]
  /** Normalised: 0 one expert, 1 uniform. For `queries` and `per-class`, the mean over the texts. */
  readonly entropy: number
  readonly mean_affinity: number
}

export function describeRule(rule: RoutingRule<Rule>, routed: Routed): RoutedRule {
  const { weights, entropy, mean_affinity } = routed
  return { rule: rule.name, weights: [...weights], entropy, mean_affinity }
}

/** A class name or caption, and the centre nearest to it. */
export interface RoutedClass extends NearestCentre {
  readonly name: string
  /** By the published rule if several rules were requested, else by that rule. */
  readonly affinity: number
}

/** The first `max` texts with their nearest centres. */
export function describeTexts(
  names: readonly string[],
  distances: CentreDistances,
  rules: readonly RoutingRule[],
  scale: Scale,
  max: number,
): RoutedClass[] {
  const rule = rules.length === 1 ? rules[0]! : defaultRule
  const nearest = distances[rule.centres]
  // Per-text weights depend on the distances to all experts: the affinity shown is the published rule's.
  const affinity = rule.weighs === 'text' ? undefined : rule.weigh(distances, scale).affinity
  return names.slice(0, max).map((name, text) => ({
    name,
    ...nearest[text]!,
    affinity: affinity?.[text] ?? Math.exp(-(nearest[text]!.distance ** 2) / scale.lambda),
  }))
}
