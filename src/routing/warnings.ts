import type { RoutedRule } from './describe.js'
import type { NearestCentre } from './nearest.js'
import type { RoutingRule } from './rule.js'

export interface RoutingWarning {
  readonly code: 'affinity_low' | 'uniform' | 'style_confound'
  readonly rule: string | null
  readonly message: string
}

/** Above this entropy, routing is merely averaging. */
const maxEntropy = 0.95
/** Share of the texts that may change expert if only their phrasing changes. */
const maxMoved = 0.5

/**
 * Warns if the weights of a rule are doubtful (measured in a prototype on four mixed sources: coded weights
 * were uniform nearly everywhere).
 */
export function ruleWarnings(
  { min_affinity: minAffinity = 0 }: RoutingRule,
  { rule, weights, entropy, mean_affinity: affinity }: RoutedRule,
): RoutingWarning[] {
  const warnings: RoutingWarning[] = []
  if (affinity < minAffinity)
    warnings.push({
      code: 'affinity_low',
      rule,
      message:
        `mean affinity ${affinity.toFixed(3)}: the texts lie far from all fine centres; ` +
        "a routing template in the captions' own style may bring them nearer",
    })
  if (weights.length > 1 && entropy > maxEntropy)
    warnings.push({
      code: 'uniform',
      rule,
      message:
        `the weights of the ${rule} rule are almost uniform (entropy ${entropy.toFixed(2)}): ` +
        'this is averaging, not routing',
    })
  return warnings
}

/**
 * Warns if class names go to other experts in a neutral phrase (in the same prototype, bare class names went
 * to the expert of one-word captions, whatever they meant).
 */
export function styleWarnings(
  own: readonly NearestCentre[],
  neutral: readonly NearestCentre[],
): RoutingWarning[] {
  const moved = own.filter(({ expert }, index) => neutral[index]?.expert !== expert).length / own.length
  if (own.length === 0 || moved <= maxMoved) return []
  return [
    {
      code: 'style_confound',
      rule: null,
      message:
        `${Math.round(100 * moved)} % of the classes go to another expert when they are phrased as "a ` +
        'photo of a …": routing follows the form of the names, not their meaning; ' +
        'give a routing template',
    },
  ]
}
