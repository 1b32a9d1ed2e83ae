import { stageMaking } from '../planner/graph.js'
import type { Plan } from '../planner/types.js'
import { defaultScale, type Scale } from '../routing/rule.js'
import { Scores } from '../stages/kinds.js'

/**
 * λ and τ from the options of the stage that makes scores; the defaults if the pipeline has no such stage, or
 * if that stage chooses τ.
 */
export function routingScale(plan: Plan): Scale {
  const options = stageMaking(plan, Scores)?.options
  const given = (name: keyof Scale) => {
    const value: unknown = options && Object.entries(options).find(([option]) => option === name)?.[1]
    return typeof value === 'number' ? value : defaultScale[name]
  }
  return { lambda: given('lambda'), temperature: given('temperature') }
}
