import { parseJson } from '../core/parse-json.js'
import { list, number, object, type Shape } from '../core/shape.js'

/**
 * `experts.json` of the centres: lists by fine cluster and by expert. Populations count sampled rows; those
 * of a later expert are from the sample that it was fitted to.
 */
export interface Experts {
  /** Expert of each fine centre. */
  readonly fine_to_expert: readonly number[]
  /** Sampled rows nearest to each fine centre, and their sums per expert. */
  readonly fine_population: readonly number[]
  readonly expert_population: readonly number[]
}

export const expertsName = 'experts.json'

const numbers = list(number)

export const experts: Shape<Experts> = object({
  fine_to_expert: numbers,
  fine_population: numbers,
  expert_population: numbers,
})

export function parseExperts(bytes: Uint8Array, place: string): Experts {
  return parseJson(bytes, place, experts)
}
