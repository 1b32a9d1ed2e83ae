import { digestOfJson } from '../core/digest.js'
import { PipelineError } from '../core/error.js'
import { append } from '../core/extremes.js'
import { canonicalJson, type Json } from '../core/json.js'
import type { AnyStage, Facts, Partition, PlannedTask, Split } from '../stages/define.js'
import { type Entry, fingerprinter } from './fingerprint.js'
import { optionEntries, spellingsOf } from './option-entries.js'
import { cutSplits, rowsOfShard, rowsOfSplit } from './splits.js'
import type { Plan, StagePlan, Survey, Task, TaskRef } from './types.js'

/** What the planner takes from a manifest: nodes in dependency order, options resolved. */
export interface PlanRequest {
  readonly name: string
  readonly nodes: readonly PlanNode[]
  readonly evaluation: { readonly [name: string]: Json }
  /** The manifest's `input.rows_per_split`. */
  readonly rows_per_split?: number | undefined
}

export interface PlanNode {
  readonly name: string
  readonly stage: AnyStage
  readonly options: { readonly [option: string]: unknown }
  /** Port → name of the node it is wired to. */
  readonly takes: { readonly [port: string]: string }
}

/** Pure: the same request and survey give the same plan, whatever was run before. */
export function makePlan(request: PlanRequest, survey: Survey): Plan {
  const { shards, splits } = cutSplits(survey.shards, request.rows_per_split, generations(survey))
  const stages = new Map<string, StagePlan>()
  for (const node of request.nodes)
    stages.set(node.name, planStage(node, { request, survey, splits, stages }))
  return { manifest: request.name, shards, splits, stages: [...stages.values()] }
}

interface Surroundings {
  readonly request: PlanRequest
  readonly survey: Survey
  readonly splits: readonly Split[]
  readonly stages: ReadonlyMap<string, StagePlan>
}

function planStage(node: PlanNode, { request, survey, splits, stages }: Surroundings): StagePlan {
  const { stage } = node
  const upstream = Object.entries(node.takes).flatMap(([port, name]) => {
    const plan = stages.get(name)
    return plan ? [[port, plan] as const] : []
  })
  const inherited: Facts = Object.assign({}, ...upstream.map(([, plan]) => plan.facts))
  const earlierUri = stage.earlier?.of(node.options as never)
  const earlier = earlierUri === undefined ? undefined : survey.earlier?.[earlierUri]
  const facts: Facts = { ...inherited, ...stage.facts?.(node.options as never, inherited, earlier) }
  const evaluation = stage.reads_evaluation ? request.evaluation : {}
  const common = commonEntries(node, inherited, evaluation, survey)
  const partitions = stage.partition({
    options: node.options as never,
    splits,
    takes: Object.fromEntries(
      upstream.map(([port, plan]) => [port, plan.tasks.filter((task) => !task.inner).map(asPlanned)]),
    ),
    facts,
    evaluation,
    earlier,
  })
  const byKey = new Map(
    upstream.map(([port, plan]) => [port, new Map(plan.tasks.map((task) => [task.key, task]))]),
  )
  const own = new Map<string, Task>()
  const shared = sharedEntries(common, (then) =>
    commonEntries(node, inheritedOnly(then, inherited), evaluation, survey),
  )
  for (const partition of partitions) {
    if (own.has(partition.key))
      throw new PipelineError({
        code: 'E_PLAN',
        message: `stage ${stage.name} cut two tasks named ${partition.key}`,
      })
    const takes = Object.fromEntries(
      Object.entries(partition.takes ?? {}).map(([port, keys]) => [
        port,
        keys.map((key) => refTo(byKey.get(port)?.get(key), stage.name, partition.key, key)),
      ]),
    )
    const after = (partition.after ?? []).map((key) => refTo(own.get(key), stage.name, partition.key, key))
    const taskSplits = partition.splits ?? []
    const entries = taskEntries(stage, partition, taskSplits, takes, after)
    const size = measure(taskSplits)
    const { common: mine, fingerprint } = shared(partition.facts)
    const held = partition.facts ?? facts
    own.set(partition.key, {
      stage: stage.name,
      node: node.name,
      key: partition.key,
      fingerprint: partition.made ?? fingerprint(entries),
      version: stage.version,
      options: node.options as Json,
      params: partition.params ?? null,
      facts: held,
      evaluation,
      entries: [...mine, ...entries],
      splits: taskSplits,
      takes,
      after,
      cores: partition.cores ?? 'one',
      ...(partition.varies ? { varies: true } : {}),
      estimate: stage.estimate({ ...size, options: node.options as never, partition, facts: held }),
      ...(partition.made === undefined ? {} : { made: true }),
      ...(partition.inner ? { inner: true } : {}),
    })
  }
  const tasks = [...own.values()]
  return {
    node: node.name,
    stage: stage.name,
    version: stage.version,
    fingerprint: digestOfJson(tasks.map((task) => task.fingerprint)),
    entries: [
      ...common,
      ...optionsByContent(node, stage.in_params?.(node.options as never) ?? [], modelPathsOf(node, survey)),
    ],
    spellings: spellingsOf(stage),
    options: node.options as Json,
    facts,
    tasks,
  }
}

/** A shard that the earlier run did not know is the generation after those that it knew. */
function generations({ earlier = {} }: Survey): (identity: string) => number {
  const run = Object.values(earlier).find((each) => each.generations > 0)
  return (identity) => (run ? (run.shards.get(identity) ?? run.generations) : 0)
}

/** A stage's own facts follow from its options, which are entries themselves. */
function inheritedOnly(facts: Facts, inherited: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => name in inherited))
}

/**
 * Entries that tasks share and the fingerprinter over them: once for the stage, and once for each set of
 * facts that tasks bring along.
 */
function sharedEntries(common: readonly Entry[], entriesWith: (facts: Facts) => readonly Entry[]) {
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

function commonEntries(
  node: PlanNode,
  facts: Facts,
  evaluation: { readonly [name: string]: Json },
  survey: Survey,
): Entry[] {
  const { stage, options } = node
  const entries: Entry[] = [{ name: 'stage', value: `${stage.name}@${stage.version}` }]
  const models = stage.models?.(options as never) ?? {}
  const modelPaths = modelPathsOf(node, survey)
  append(entries, optionsByContent(node, stage.decisive?.(options as never), modelPaths))
  for (const library of stage.runtime ?? [])
    entries.push({ name: `runtime ${library}`, value: survey.runtime[library] ?? 'none' })
  for (const name of Object.keys(models).sort())
    entries.push({ name: `model ${name}`, value: survey.models[models[name] as string] ?? 'none' })
  for (const name of Object.keys(facts).sort())
    entries.push({ name: `fact ${name}`, value: withoutPaths(facts[name] as Json, modelPaths) })
  for (const name of Object.keys(evaluation).sort()) {
    entries.push({
      name: `evaluation ${name}`,
      value: definitionByContent(name, evaluation[name] as Json, survey),
    })
  }
  return entries
}

function optionsByContent(
  { stage, options }: PlanNode,
  deciding: readonly string[] | undefined,
  modelPaths: ReadonlySet<string>,
): Entry[] {
  return optionEntries(stage, options, deciding).map(({ name, value }) => ({
    name,
    value: withoutPaths(value, modelPaths),
  }))
}

/**
 * Facts carry the models of stages further up, so every model of the plan counts, not only this stage's own.
 */
function modelPathsOf({ stage, options }: PlanNode, survey: Survey): Set<string> {
  return new Set([
    ...Object.values(stage.models?.(options as never) ?? {}),
    ...Object.keys(survey.models),
    ...Object.keys(survey.earlier ?? {}),
  ])
}

function taskEntries(
  stage: AnyStage,
  partition: Partition,
  splits: readonly Split[],
  takes: { readonly [port: string]: readonly TaskRef[] },
  after: readonly TaskRef[],
): Entry[] {
  const entries: Entry[] = [{ name: 'task', value: partition.key }]
  if (partition.params !== undefined) entries.push({ name: 'params', value: partition.params })
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

function refTo(task: TaskRef | undefined, stage: string, key: string, wanted: string): TaskRef {
  if (!task)
    throw new PipelineError({
      code: 'E_PLAN',
      message: `task ${stage}/${key} takes ${wanted}, which no stage before it makes`,
    })
  return { stage: task.stage, key: task.key, fingerprint: task.fingerprint }
}

function asPlanned({ key, splits, params }: Task): PlannedTask {
  return { key, splits, params }
}

function measure(splits: readonly Split[]): { rows: number; bytes: number } {
  let rows = 0
  let bytes = 0
  for (const split of splits) {
    const { shard } = split
    const all = rowsOfShard(shard)
    const here = rowsOfSplit(split)
    rows += here
    bytes += all === 0 ? 0 : (shard.size * here) / all
  }
  return { rows, bytes: Math.round(bytes) }
}
