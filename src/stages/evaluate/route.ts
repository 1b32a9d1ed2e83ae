import { expertKey, expertOf } from '../../core/model-key.js'
import { describeRule, describeTexts, type RoutedRule } from '../../routing/describe.js'
import { distancesTo, type CentreDistances, type CentreSets } from '../../routing/distances.js'
import type { RoutingRule, Scale } from '../../routing/rule.js'
import type { Rule } from '../../routing/rules.js'
import { ruleWarnings, styleWarnings, type RoutingWarning } from '../../routing/warnings.js'
import { columnOf, weighEach, weighTogether, type Routed } from '../../routing/weigh.js'
import type { RoutedTask } from '../../artefacts/routing.js'
import type { Matrix } from './set-features.js'
import type { View, Weight } from './views.js'

export interface RouteOptions extends Scale {
  readonly rules: readonly RoutingRule<Rule>[]
}

/** Numbers of the experts among the models. */
export function presentExperts(models: readonly string[]): number[] {
  return models.flatMap((model) => expertOf(model) ?? [])
}

/** Distances from the texts of one set to the centres; computed once for all rules and directions. */
export interface RoutedTexts {
  readonly names: readonly string[]
  readonly distances: CentreDistances
  /** The same names in a neutral phrase. */
  readonly neutral: CentreDistances
}

export function routedTexts(
  names: readonly string[],
  vectors: Matrix,
  neutral: Matrix,
  centres: CentreSets,
  present: readonly number[],
): RoutedTexts {
  return {
    names,
    distances: distancesTo(centres, vectors.data, present),
    neutral: distancesTo(centres, neutral.data, present),
  }
}

/** One ensemble per rule, and its entry in `routing.json`. */
export interface RoutedViews {
  readonly views: readonly View[]
  readonly described: RoutedTask
}

/** Maximum number of texts that `routing.json` describes one by one. */
const maxDescribed = 200

/**
 * All texts decide the weights together: class names of a classification, or the corpus of image → text
 * retrieval.
 */
export function routeTogether(
  task: string,
  direction: 'classes' | 'corpus',
  texts: RoutedTexts,
  options: RouteOptions,
): RoutedViews {
  const { distances, names, neutral } = texts
  const { experts } = distances
  const { views, rules, warnings } = byRule(options, distances, (rule) => {
    const routed = weighTogether(rule, distances, options)
    const weight =
      rule.weighs === 'text'
        ? (expert: number): Weight => ({
            by: 'candidate',
            values: columnOf(routed.by_text, experts, expert),
          })
        : (expert: number): Weight => routed.weights[expert]!
    return { routed, weight }
  })
  const style = direction === 'classes' ? styleWarnings(distances.fine, neutral.fine) : []
  return {
    views,
    described: {
      task,
      direction,
      rules,
      classes: describeTexts(names, distances, options.rules, options, maxDescribed),
      warnings: [...warnings, ...style],
      temperature: options.temperature,
    },
  }
}

/** Every text decides its own weights: the queries of text → image retrieval. */
export function routeOneByOne(task: string, { distances }: RoutedTexts, options: RouteOptions): RoutedViews {
  const { views, rules, warnings } = byRule(options, distances, (rule) => {
    const routed = weighEach(rule, distances, options)
    return {
      routed,
      weight: (expert) => ({ by: 'row', values: columnOf(routed.by_text, distances.experts, expert) }),
    }
  })
  return {
    views,
    described: {
      task,
      direction: 'queries',
      rules,
      classes: null,
      warnings,
      temperature: options.temperature,
    },
  }
}

function byRule(
  { rules }: RouteOptions,
  { present }: CentreDistances,
  weigh: (rule: RoutingRule) => { readonly routed: Routed; readonly weight: (expert: number) => Weight },
): { views: View[]; rules: RoutedRule[]; warnings: RoutingWarning[] } {
  const views: View[] = []
  const described: RoutedRule[] = []
  for (const rule of rules) {
    const { routed, weight } = weigh(rule)
    views.push({
      name: rule.name,
      members: present.map((expert) => ({ model: expertKey(expert), weight: weight(expert) })),
    })
    described.push(describeRule(rule, routed))
  }
  const warnings = rules.flatMap((rule, index) => ruleWarnings(rule, described[index]!))
  return { views, rules: described, warnings }
}
