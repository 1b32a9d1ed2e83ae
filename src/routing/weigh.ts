import { PipelineError } from '../core/error.js'
import { ofText, type CentreDistances } from './distances.js'
import type { RoutingRule, Scale, Weighed } from './rule.js'
import { mean, normalisedEntropy } from './weights.js'

/** Weights of the experts for some texts by one rule; absent experts have none. */
export interface Routed {
  /** [texts, experts], each row summing to 1; equal rows if the texts share one set of weights. */
  readonly by_text: Float64Array
  /** One per expert: its contribution to the task as a whole. */
  readonly weights: Float64Array
  /** Normalised: 0 one expert, 1 uniform; the mean over the texts if each has its own weights. */
  readonly entropy: number
  readonly mean_affinity: number
}

/**
 * All texts decide the weights together: class names of a classification, the corpus of image → text
 * retrieval.
 */
export function weighTogether(rule: RoutingRule, distances: CentreDistances, scale: Scale): Routed {
  const { count, experts, present } = distances
  const { weights: found, affinity } = weighed(rule, distances, scale)
  const mean_affinity = mean(affinity)
  if (rule.weighs === 'text') {
    const weights = new Float64Array(experts)
    found.forEach((share, i) => (weights[i % experts]! += share / count))
    return { by_text: found, weights, entropy: meanEntropy(found, experts), mean_affinity }
  }
  const weights = withoutAbsent(found, present)
  const by_text = new Float64Array(count * experts)
  for (let text = 0; text < count; text++) by_text.set(weights, text * experts)
  return { by_text, weights, entropy: normalisedEntropy(weights), mean_affinity }
}

/** Every text decides its own weights: the queries of text → image retrieval. */
export function weighEach(rule: RoutingRule, distances: CentreDistances, scale: Scale): Routed {
  const { count, experts, present } = distances
  let by_text: Float64Array = new Float64Array(count * experts)
  let affinity: Float64Array = new Float64Array(count)
  if (rule.weighs === 'text') ({ weights: by_text, affinity } = weighed(rule, distances, scale))
  else
    for (let text = 0; text < count; text++) {
      const own = weighed(rule, ofText(distances, text), scale)
      by_text.set(withoutAbsent(own.weights, present), text * experts)
      affinity[text] = own.affinity[0]!
    }
  return {
    by_text,
    weights: Float64Array.from({ length: experts }, (_, expert) => mean(columnOf(by_text, experts, expert))),
    entropy: meanEntropy(by_text, experts),
    mean_affinity: mean(affinity),
  }
}

/** Weights of one expert, per text. */
export function columnOf(by_text: Float64Array, experts: number, expert: number): Float64Array {
  return Float64Array.from(
    { length: by_text.length / experts },
    (_, text) => by_text[text * experts + expert]!,
  )
}

/** Checks what a rule returns: it may be a plugin's. */
function weighed(rule: RoutingRule, distances: CentreDistances, scale: Scale): Weighed {
  const found = rule.weigh(distances, scale)
  const { count, experts } = distances
  const expected = rule.weighs === 'text' ? count * experts : experts
  if (found.weights.length === expected && found.affinity.length === count) return found
  throw new PipelineError({
    code: 'E_ROUTING_RULE',
    message: `the routing rule ${rule.name} returns arrays of the wrong length`,
    expected: `${expected} weights, ${count} affinities`,
    found: `${found.weights.length} weights, ${found.affinity.length} affinities`,
  })
}

/** Distributes the weight of absent experts among the others in proportion; equally if those have none. */
function withoutAbsent(weights: Float64Array, present: readonly number[]): Float64Array {
  const total = present.reduce((sum, expert) => sum + weights[expert]!, 0)
  return weights.map((weight, expert) =>
    !present.includes(expert) ? 0 : total > 0 ? weight / total : 1 / present.length,
  )
}

function meanEntropy(by_text: Float64Array, experts: number): number {
  const texts = by_text.length / experts
  let sum = 0
  for (let text = 0; text < texts; text++)
    sum += normalisedEntropy(by_text.subarray(text * experts, (text + 1) * experts))
  return texts === 0 ? 0 : sum / texts
}
