import { anyJson, list, object, pair, type Shape, text } from '../core/shape.js'
import type { Entry } from './fingerprint.js'
import type { Plan } from './types.js'

/**
 * The part of a plan that is kept to compare a later one with it: the entries that a stage's tasks share,
 * and the inputs. Small even for large graphs, since it leaves out single tasks.
 */
export interface PlanSummary {
  readonly stages: readonly {
    readonly node: string
    readonly stage: string
    readonly fingerprint: string
    readonly entries: readonly Entry[]
  }[]
  /** [URI, identity], in the order of the shards' ids. */
  readonly inputs: readonly (readonly [string, string])[]
}

export const planSummary: Shape<PlanSummary> = object({
  stages: list(
    object<PlanSummary['stages'][number]>({
      node: text,
      stage: text,
      fingerprint: text,
      entries: list(object<Entry>({ name: text, value: anyJson })),
    }),
  ),
  inputs: list(pair(text)),
})

export function summarise(plan: Plan): PlanSummary {
  return {
    stages: plan.stages.map(({ node, stage, fingerprint, entries }) => ({
      node,
      stage,
      fingerprint,
      entries,
    })),
    inputs: plan.shards.map(({ uri, identity }) => [uri, identity] as const),
  }
}
