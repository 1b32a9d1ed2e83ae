import { anyJson, list, object, pair, type Shape, text } from '../core/shape.js'
import type { Entry } from './fingerprint.js'
import type { Plan } from './types.js'

/**
 * What is kept of a plan so that a later one can be compared with it: entries that a stage's tasks share, and
 * the inputs. Small even for large graphs, since single tasks are left out.
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
