import { coarse } from '../../math/routing/coarse.js'
import { coded } from '../../math/routing/coded.js'
import { landings, squaredToExperts, type Landing } from '../../math/routing/landing.js'
import { perClass } from '../../math/routing/per-class.js'
import { published } from '../../math/routing/published.js'
import { withoutAbsent } from '../../math/routing/rule.js'
import { mean, normalisedEntropy, type Routing } from '../../math/routing/weights.js'
import type { Centres } from './centres.js'
import type { RoutedClass, RoutedRule, RoutedTask } from './scores-format.js'
import type { Matrix } from './set-features.js'
import type { View, Weight } from './views.js'
import { routingWarnings } from './warnings.js'

export type Rule = RoutedRule['rule']

export interface RouteOptions {
  readonly rules: readonly Rule[]
  readonly lambda: number
  readonly temperature: number
  /** Experts whose bundles exist; the others get no weight. */
  readonly present: readonly number[]
  /** Classes that are described at most. */
  readonly most_classes?: number | undefined
}

/** Numbers of the experts among the models. */
export function presentOf(models: readonly string[]): number[] {
  return models.flatMap((model) => /^expert-(\d+)$/.exec(model)?.[1] ?? []).map(Number)
}

export interface Routed {
  readonly views: readonly View[]
  readonly described: RoutedTask
}

/** Landings and distances of the texts of one set, found once for all rules and directions. */
export interface Landed {
  readonly names: readonly string[]
  readonly fine: readonly Landing[]
  readonly coarse: readonly Landing[]
  readonly squared: Float64Array
  /** Experts of the names in a neutral phrase. */
  readonly neutral: readonly Landing[]
}

export function land(names: readonly string[], vectors: Matrix, neutral: Matrix, centres: Centres): Landed {
  return {
    names,
    fine: landings(vectors.data, centres.fine),
    coarse: landings(vectors.data, centres.coarse),
    squared: squaredToExperts(vectors.data, centres.fine),
    neutral: landings(neutral.data, centres.fine),
  }
}

/**
 * All texts together decide the weights: class names of a classification, the corpus of image → text
 * retrieval.
 */
export function routeTogether(
  task: string,
  direction: 'classes' | 'corpus',
  landed: Landed,
  experts: number,
  options: RouteOptions,
): Routed {
  const views: View[] = []
  const rules: RoutedRule[] = []
  for (const rule of options.rules) {
    if (rule === 'per-class') {
      const routed = perClass(
        onlyPresent(landed.squared, experts, options.present),
        experts,
        options.temperature,
      )
      views.push(
        view(rule, options.present, (expert) => ({
          by: 'candidate',
          values: column(routed.by_class, experts, expert),
        })),
      )
      rules.push({
        rule,
        weights: [...routed.weights],
        entropy: meanEntropy(routed.by_class, experts),
        mean_affinity: mean(routed.affinity),
      })
    } else {
      const routed = apply(rule, landed, undefined, experts, options.lambda)
      const weights = withoutAbsent(routed.weights, options.present)
      views.push(view(rule, options.present, (expert) => weights[expert]!))
      rules.push({
        rule,
        weights: [...weights],
        entropy: normalisedEntropy(weights),
        mean_affinity: mean(routed.affinity),
      })
    }
  }
  const classes = describe(landed, experts, options)
  return {
    views,
    described: {
      task,
      direction,
      rules,
      classes,
      warnings: routingWarnings(direction, rules, landed),
      temperature: options.temperature,
    },
  }
}

/** Every text decides its own weights: the queries of text → image retrieval. */
export function routeOneByOne(task: string, landed: Landed, experts: number, options: RouteOptions): Routed {
  const views: View[] = []
  const rules: RoutedRule[] = []
  const count = landed.names.length
  for (const rule of options.rules) {
    let weights: Float64Array
    let affinity: Float64Array
    if (rule === 'per-class') {
      const routed = perClass(
        onlyPresent(landed.squared, experts, options.present),
        experts,
        options.temperature,
      )
      weights = routed.by_class
      affinity = routed.affinity
    } else {
      weights = new Float64Array(count * experts)
      affinity = new Float64Array(count)
      for (let row = 0; row < count; row++) {
        const routed = apply(rule, landed, row, experts, options.lambda)
        weights.set(withoutAbsent(routed.weights, options.present), row * experts)
        affinity[row] = routed.affinity[0]!
      }
    }
    views.push(
      view(rule, options.present, (expert) => ({ by: 'row', values: column(weights, experts, expert) })),
    )
    const means = Array.from({ length: experts }, (_, expert) => mean(column(weights, experts, expert)))
    rules.push({
      rule,
      weights: means,
      entropy: meanEntropy(weights, experts),
      mean_affinity: mean(affinity),
    })
  }
  return {
    views,
    described: {
      task,
      direction: 'queries',
      rules,
      classes: null,
      warnings: routingWarnings('queries', rules, landed),
      temperature: options.temperature,
    },
  }
}

function apply(
  rule: Exclude<Rule, 'per-class'>,
  landed: Landed,
  row: number | undefined,
  experts: number,
  lambda: number,
): Routing {
  const pick = (list: readonly Landing[]) => (row === undefined ? list : [list[row]!])
  if (rule === 'published') return published(pick(landed.fine), experts, lambda)
  return rule === 'coded' ? coded(pick(landed.fine), experts) : coarse(pick(landed.coarse), experts, lambda)
}

function view(name: string, present: readonly number[], weight: (expert: number) => Weight): View {
  return { name, members: present.map((expert) => ({ model: `expert-${expert}`, weight: weight(expert) })) }
}

function column(matrix: Float64Array, width: number, index: number): Float64Array {
  return Float64Array.from({ length: matrix.length / width }, (_, row) => matrix[row * width + index]!)
}

function onlyPresent(squared: Float64Array, experts: number, present: readonly number[]): Float64Array {
  return squared.map((value, i) => (present.includes(i % experts) ? value : Number.POSITIVE_INFINITY))
}

function meanEntropy(weights: Float64Array, experts: number): number {
  const rows = weights.length / experts
  let sum = 0
  for (let row = 0; row < rows; row++)
    sum += normalisedEntropy(weights.subarray(row * experts, (row + 1) * experts))
  return rows === 0 ? 0 : sum / rows
}

function describe(
  landed: Landed,
  experts: number,
  { rules, lambda, most_classes = 200 }: RouteOptions,
): RoutedClass[] {
  const only = rules.length === 1 ? rules[0]! : 'published'
  const affinity = only === 'per-class' ? undefined : apply(only, landed, undefined, experts, lambda).affinity
  const places = only === 'coarse' ? landed.coarse : landed.fine
  return landed.names.slice(0, most_classes).map((name, index) => ({
    name,
    ...places[index]!,
    affinity: affinity?.[index] ?? Math.exp(-(places[index]!.distance ** 2) / lambda),
  }))
}
