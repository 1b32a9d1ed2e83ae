import type { CentreDistances } from './distances.js'
import type { NearestCentre } from './nearest.js'
import type { RoutingRule, Scale } from './rule.js'
import { defaultRule, type Rule } from './rules.js'
import type { Routed } from './weigh.js'

/** What `routing.json` and `coterie route` say about one rule. */
export interface RoutedRule {
  readonly rule: Rule
  /** One per expert, summing to 1; for `queries` the mean over the queries. */
  readonly weights: readonly number[]
  /** Normalised: 0 one expert, 1 uniform. For `queries` and `per-class` the mean of the single entropies. */
  readonly entropy: number
  readonly mean_affinity: number
}

export function describeRule(rule: RoutingRule<Rule>, routed: Routed): RoutedRule {
  const { weights, entropy, mean_affinity } = routed
  return { rule: rule.name, weights: [...weights], entropy, mean_affinity }
}

/** A class name or caption, and the centre that it is nearest to. */
export interface RoutedClass extends NearestCentre {
  readonly name: string
  /** Under the published rule where several rules were asked for, else under that one. */
  readonly affinity: number
}

/** The first `most` texts with their nearest centres. */
export function describeTexts(
  names: readonly string[],
  distances: CentreDistances,
  rules: readonly RoutingRule[],
  scale: Scale,
  most: number,
): RoutedClass[] {
  const rule = rules.length === 1 ? rules[0]! : defaultRule
  const nearest = distances[rule.centres]
  // Each text's own weights rest on distances to all experts: the affinity shown is the published rule's.
  const affinity = rule.weighs === 'text' ? undefined : rule.weigh(distances, scale).affinity
  return names.slice(0, most).map((name, text) => ({
    name,
    ...nearest[text]!,
    affinity: affinity?.[text] ?? Math.exp(-(nearest[text]!.distance ** 2) / scale.lambda),
  }))
}
