import type { Plan } from '../planner/types.js'
import { defaultScale, type Scale } from '../routing/rule.js'

/**
 * λ and τ as the manifest gives them to `evaluate`, or its defaults where the pipeline has no such stage or τ
 * is chosen there.
 */
export function routingScale(plan: Plan): Scale {
  const options = (plan.stages.find(({ stage }) => stage === 'evaluate')?.options ?? {}) as {
    readonly lambda?: number
    readonly temperature?: number | null
  }
  return {
    lambda: options.lambda ?? defaultScale.lambda,
    temperature: options.temperature ?? defaultScale.temperature,
  }
}
