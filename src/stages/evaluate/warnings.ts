import type { Landing } from '../../math/routing/landing.js'
import type { RoutedRule, RoutedTask } from './scores-format.js'

/** Below this mean affinity the texts lie far from every centre, and the weights rest on little. */
const leastAffinity = 0.1
/** Above this entropy routing is averaging. */
const mostEntropy = 0.95
/** Classes that may change expert when only their phrasing changes. */
const mostMoved = 0.5

/**
 * What makes routing weights doubtful (measured in a prototype on four mixed sources: coded weights were
 * uniform nearly everywhere, and bare class names went to the expert of one-word captions whatever they
 * meant).
 */
export function routingWarnings(
  direction: RoutedTask['direction'],
  rules: readonly RoutedRule[],
  landed: { readonly fine: readonly Landing[]; readonly neutral: readonly Landing[] },
): RoutedTask['warnings'][number][] {
  const warnings: RoutedTask['warnings'][number][] = []
  for (const { rule, weights, entropy, mean_affinity: affinity } of rules) {
    if (rule === 'published' && affinity < leastAffinity) {
      warnings.push({
        code: 'affinity_low',
        rule,
        message: `mean affinity ${affinity.toFixed(3)}: the texts lie far from all fine centres; a routing template in the captions' own style may bring them nearer`,
      })
    }
    if (weights.length > 1 && entropy > mostEntropy) {
      warnings.push({
        code: 'uniform',
        rule,
        message: `the weights of the ${rule} rule are almost uniform (entropy ${entropy.toFixed(2)}): this is averaging, not routing`,
      })
    }
  }
  if (direction === 'classes' && landed.fine.length > 0) {
    const moved =
      landed.fine.filter(({ expert }, index) => landed.neutral[index]?.expert !== expert).length /
      landed.fine.length
    if (moved > mostMoved) {
      warnings.push({
        code: 'style_confound',
        rule: null,
        message: `${Math.round(100 * moved)} % of the classes go to another expert when they are phrased as "a photo of a …": routing follows the form of the names, not their meaning; give a routing template`,
      })
    }
  }
  return warnings
}
