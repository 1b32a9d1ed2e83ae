import type { Decision } from '../core/field.js'
import { byCodeUnit, canonicalJson, type Json } from '../core/json.js'
import type { AnyStage, BoundStage, Facts } from '../stages/define.js'
import { evaluationEntries } from './evaluation-entries.js'
import { type Entry, fingerprinter } from './fingerprint.js'
import { withoutPaths } from './model-paths.js'
import { optionEntries } from './option-entries.js'
import { pluginEntries } from './plugin-entries.js'
import type { Survey } from './types.js'

interface EntriesRequest {
  readonly stage: AnyStage
  readonly bound: BoundStage
  readonly evaluation: { readonly [name: string]: Json }
  readonly survey: Survey
}

/**
 * The entries of a stage: `common` returns those that all of its tasks share, given the facts from
 * upstream; `options` returns those of its options.
 */
export function stageEntries({ stage, bound, evaluation, survey }: EntriesRequest) {
  // Facts carry the models of upstream stages, so the paths of all models of the plan are masked, not only
  // this stage's.
  const modelPaths = new Set([
    ...Object.values(bound.models),
    ...Object.keys(survey.models),
    ...Object.keys(survey.earlier ?? {}),
  ])
  const options = (decision: Decision): Entry[] =>
    optionEntries(stage, bound.options, decision).map(({ name, value }) => ({
      name,
      value: withoutPaths(value, modelPaths),
    }))
  const fixed: readonly Entry[] = [
    { name: 'stage', value: `${stage.name}@${stage.version}` },
    ...options('tasks'),
    ...pluginEntries([stage.name, ...options('tasks').map(({ value }) => value)], survey),
    ...(stage.runtime ?? []).map((library) => ({
      name: `runtime ${library}`,
      value: survey.runtime[library] ?? 'none',
    })),
    ...Object.entries(bound.models)
      .sort(byName)
      .map(([name, uri]) => ({ name: `model ${name}`, value: survey.models[uri] ?? 'none' })),
  ]
  const sets = evaluationEntries(evaluation, survey)
  const common = (facts: Facts): Entry[] => [
    ...fixed,
    ...Object.entries(facts)
      .sort(byName)
      .map(([name, value]) => ({ name: `fact ${name}`, value: withoutPaths(value, modelPaths) })),
    ...sets,
  ]
  return { common, options }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return byCodeUnit(a, b)
}

/**
 * The entries that tasks share, with a fingerprinter over them: one for the stage, and one for each
 * distinct set of facts that tasks bring along.
 */
export function sharedEntries(common: readonly Entry[], entriesWith: (facts: Facts) => readonly Entry[]) {
  const of = (entries: readonly Entry[]) => ({ common: entries, fingerprint: fingerprinter(entries) })
  const usual = of(common)
  const others = new Map<string, ReturnType<typeof of>>()
  return (facts: Facts | undefined) => {
    if (facts === undefined) return usual
    const key = canonicalJson(facts)
    let found = others.get(key)
    if (!found) others.set(key, (found = of(entriesWith(facts))))
    return found
  }
}
