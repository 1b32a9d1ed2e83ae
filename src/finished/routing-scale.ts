import { stageMaking } from '../planner/graph.js'
import type { Plan } from '../planner/types.js'
import { defaultScale, type Scale } from '../routing/rule.js'
import { Scores } from '../stages/kinds.js'

/**
 * λ and τ as the manifest gives them to the stage that makes scores, or the defaults where the pipeline has
 * none or τ is chosen there.
 */
export function routingScale(plan: Plan): Scale {
  const options = stageMaking(plan, Scores)?.options
  const given = (name: keyof Scale) => {
    const value: unknown = options && Object.entries(options).find(([option]) => option === name)?.[1]
    return typeof value === 'number' ? value : defaultScale[name]
  }
  return { lambda: given('lambda'), temperature: given('temperature') }
}
