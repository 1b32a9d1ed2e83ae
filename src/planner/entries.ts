import type { Decision } from '../core/field.js'
import { digestOfJson } from '../core/digest.js'
import { byCodeUnit, canonicalJson, type Json } from '../core/json.js'
import { pluginOf } from '../core/plugin-name.js'
import type { AnyStage, BoundStage, Facts, PlannedPartition } from '../stages/define.js'
import { type Entry, fingerprinter } from './fingerprint.js'
import { optionEntries } from './option-entries.js'
import type { Survey, TaskRef } from './types.js'

/** The named things that decide results, as fingerprints take them. */

interface Of {
  readonly stage: AnyStage
  readonly bound: BoundStage
  readonly evaluation: { readonly [name: string]: Json }
  readonly survey: Survey
}

/** Entries of a stage: those that its tasks share, given the facts that reach it, and those of options. */
export function stageEntries({ stage, bound, evaluation, survey }: Of) {
  // Facts carry the models of stages further up, so every model of the plan counts, not only this stage's
  // own.
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
  const sets = Object.entries(evaluation)
    .sort(byName)
    .map(([name, set]) => ({ name: `evaluation ${name}`, value: definitionByContent(name, set, survey) }))
  const common = (facts: Facts): Entry[] => [
    ...fixed,
    ...Object.entries(facts)
      .sort(byName)
      .map(([name, value]) => ({ name: `fact ${name}`, value: withoutPaths(value, modelPaths) })),
    ...sets,
  ]
  return { common, options }
}

/** Digests of the plugins whose stages, encoders or rules are named in these values. */
function pluginEntries(values: readonly Json[], { plugins = {} }: Survey): Entry[] {
  const used = new Set<string>()
  if (Object.keys(plugins).length > 0) for (const value of values) collectPlugins(value, used)
  return [...used]
    .filter((plugin) => plugins[plugin] !== undefined)
    .sort(byCodeUnit)
    .map((plugin) => ({ name: `plugin ${plugin}`, value: plugins[plugin] ?? 'none' }))
}

function collectPlugins(value: Json | undefined, into: Set<string>): void {
  if (typeof value === 'string') {
    const plugin = pluginOf(value)
    if (plugin !== undefined) into.add(plugin)
  } else if (value !== null && typeof value === 'object') {
    for (const item of Object.values(value)) collectPlugins(item, into)
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return byCodeUnit(a, b)
}

/**
 * Entries that tasks share and the fingerprinter over them: once for the stage, and once for each set of
 * facts that tasks bring along.
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

/** What decides the result of one task besides what its stage shares. */
export function taskEntries(
  stage: AnyStage,
  { key, params, splits = [] }: PlannedPartition,
  takes: { readonly [port: string]: readonly TaskRef[] },
  after: readonly TaskRef[],
  survey: Survey,
): Entry[] {
  const entries: Entry[] = [{ name: 'task', value: key }]
  if (params !== undefined) {
    entries.push({ name: 'params', value: params })
    for (const entry of pluginEntries([params], survey)) entries.push(entry)
  }
  if (stage.reads_input) {
    entries.push({
      name: 'input',
      value: splits.map((split) => [split.shard.identity, split.row_start, split.row_end ?? null]),
    })
  }
  for (const port of Object.keys(takes).sort())
    entries.push({ name: `takes ${port}`, value: digestOfRefs(takes[port] ?? []) })
  if (after.length > 0) entries.push({ name: 'after', value: digestOfRefs(after) })
  return entries
}

/** One reference stands for itself: most tasks take one, and there may be a hundred thousand of them. */
function digestOfRefs(refs: readonly TaskRef[]): string {
  const [only] = refs
  return refs.length === 1 && only ? only.fingerprint : digestOfJson(refs.map((ref) => ref.fingerprint))
}

/** A model is identified by its bytes: where it lies must not decide a result. */
function withoutPaths(value: Json, paths: ReadonlySet<string>): Json {
  if (typeof value === 'string') return paths.has(value) ? '(model)' : value
  if (Array.isArray(value)) return value.map((item) => withoutPaths(item as Json, paths))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) =>
        item === undefined ? [] : [[key, withoutPaths(item as Json, paths)]],
      ),
    )
  }
  return value
}

/** Members of an evaluation set that name files: their content decides the result, not where it lies. */
export const evaluationFiles = ['uri', 'classnames'] as const

function definitionByContent(name: string, definition: Json, survey: Survey): Json {
  if (definition === null || typeof definition !== 'object' || Array.isArray(definition)) return definition
  const files = new Set<string>(evaluationFiles)
  return Object.fromEntries(
    Object.entries(definition).map(([key, value]) => [
      key,
      files.has(key) ? (survey.evaluation[`${name}.${key}`] ?? null) : value,
    ]),
  ) as Json
}
