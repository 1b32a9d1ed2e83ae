import type { FinishedRun } from '../runner/finished-run.js'
import { defaultScale, type Scale } from '../routing/rule.js'
import { Scores } from '../stages/kinds.js'

/**
 * λ and τ from the options of the stage that makes scores; the defaults if the pipeline has no such stage, or
 * if that stage chooses τ.
 */
export function routingScale(run: Pick<FinishedRun, 'options'>): Scale {
  const options = run.options(Scores)
  const given = (name: keyof Scale) => {
    const value: unknown = options && Object.entries(options).find(([option]) => option === name)?.[1]
    return typeof value === 'number' ? value : defaultScale[name]
  }
  return { lambda: given('lambda'), temperature: given('temperature') }
}
