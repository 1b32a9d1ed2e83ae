import { digestOfJson } from '../core/digest.js'
import { PipelineError } from '../core/error.js'
import { asJson, type Json } from '../core/json.js'
import type { AnyStage, BoundStage, Facts, PlannedPartition, PlannedTask, Split } from '../stages/define.js'
import { sharedEntries, stageEntries } from './stage-entries.js'
import { taskEntries } from './task-entries.js'
import { spellingsOf } from './option-entries.js'
import { cutSplits, rowsOfSplit } from './splits.js'
import type { InputRef, Plan, StagePlan, Survey, Task, SurveyedShard } from './types.js'

/** The planner's view of a manifest: nodes in dependency order, options resolved. */
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

/** Makes the plan. Pure: it depends on the request and the survey only, not on earlier runs. */
export function makePlan(request: PlanRequest, survey: Survey): Plan {
  const { shards, splits } = cutSplits(survey.shards, request.rows_per_split, generations(survey))
  const rowsOf = rowsSeen(survey.shards)
  const stages = new Map<string, StagePlan>()
  for (const node of request.nodes)
    stages.set(node.name, planStage(node, { request, survey, splits, rowsOf, stages }))
  return { manifest: request.name, shards, splits, rowsOf, stages: [...stages.values()] }
}

interface PlanningContext {
  readonly request: PlanRequest
  readonly survey: Survey
  readonly splits: readonly Split[]
  readonly rowsOf: Plan['rowsOf']
  readonly stages: ReadonlyMap<string, StagePlan>
}

function planStage(node: PlanNode, context: PlanningContext): StagePlan {
  const { stage } = node
  const { request, survey, splits, rowsOf, stages } = context
  const bound = stage.bind(node.options)
  const upstream = Object.entries(node.takes).flatMap(([port, name]) => {
    const plan = stages.get(name)
    return plan ? [[port, plan] as const] : []
  })
  const inherited: Facts = Object.assign({}, ...upstream.map(([, plan]) => plan.facts))
  const earlier = bound.earlier === undefined ? undefined : survey.earlier?.[bound.earlier]
  const facts = bound.facts(inherited, earlier)
  const evaluation = stage.reads_evaluation ? request.evaluation : {}
  const entries = stageEntries({ stage, bound, evaluation, survey })
  const partitions = bound.partition({
    splits,
    takes: Object.fromEntries(
      upstream.map(([port, plan]) => [port, plan.tasks.filter((task) => !task.internal).map(asPlanned)]),
    ),
    facts,
    evaluation,
    earlier,
  })
  const tasks = planTasks(partitions, {
    node,
    bound,
    facts,
    evaluation,
    survey,
    rowsOf,
    upstream: new Map(upstream.map(([port, plan]) => [port, tasksByKey(plan.tasks)])),
    shared: sharedEntries(entries.common(inherited), (then) =>
      entries.common(inheritedOnly(then, inherited)),
    ),
  })
  return {
    node: node.name,
    stage: stage.name,
    version: stage.version,
    fingerprint: digestOfJson(tasks.map((task) => task.fingerprint)),
    entries: [...entries.common(inherited), ...entries.options('params')],
    spellings: spellingsOf(stage),
    options: asJson(bound.options),
    makes: Object.values(stage.makes).map(({ kind }) => kind.name),
    facts,
    tasks,
  }
}

interface TaskRequest {
  readonly node: PlanNode
  readonly bound: BoundStage
  readonly facts: Facts
  readonly evaluation: { readonly [name: string]: Json }
  readonly survey: Survey
  readonly rowsOf: Plan['rowsOf']
  readonly upstream: ReadonlyMap<string, ReadonlyMap<string, Task>>
  readonly shared: ReturnType<typeof sharedEntries>
}

/** The tasks with their fingerprints, in the order of the partitions. */
function planTasks(
  partitions: readonly PlannedPartition[],
  { node, bound, facts, evaluation, survey, rowsOf, upstream, shared }: TaskRequest,
): readonly Task[] {
  const { stage } = node
  const own = new Map<string, Task>()
  for (const partition of partitions) {
    const { key, kind, params, splits = [], adopted } = partition
    if (own.has(key))
      throw new PipelineError({
        code: 'E_PLAN',
        message: `stage ${stage.name} has two tasks named ${key}`,
      })
    const ref = (task: Task | undefined, wanted: string) => refTo(task, stage.name, key, wanted)
    const takes = Object.fromEntries(
      Object.entries(partition.takes ?? {}).map(([port, keys]) => [
        port,
        keys.map((wanted) => ref(upstream.get(port)?.get(wanted), wanted)),
      ]),
    )
    const after = (partition.after ?? []).map((wanted) => ref(own.get(wanted), wanted))
    const own_entries = taskEntries(stage, partition, takes, after, survey, bound.takesPartition)
    const { common, fingerprint } = shared(partition.facts)
    const held = partition.facts ?? facts
    own.set(key, {
      stage: stage.name,
      node: node.name,
      key,
      kind,
      fingerprint: adopted ?? fingerprint(own_entries),
      version: stage.version,
      options: asJson(bound.options),
      params: params ?? null,
      facts: held,
      evaluation,
      shared_entries: common,
      own_entries,
      splits,
      takes,
      after,
      exclusive: partition.exclusive ?? false,
      ...(partition.nondeterministic ? { nondeterministic: true } : {}),
      ...(partition.names_inputs ? { names_inputs: partition.names_inputs } : {}),
      ...(partition.named_by_path ? { named_by_path: true } : {}),
      estimate: partition.estimate({
        ...measure(splits, rowsOf),
        ...(partition.rows === undefined ? {} : { rows: partition.rows }),
        facts: held,
      }),
      ...(adopted === undefined ? {} : { adopted: true }),
      ...(partition.internal ? { internal: true } : {}),
    })
  }
  return [...own.values()]
}

function tasksByKey(tasks: readonly Task[]): ReadonlyMap<string, Task> {
  return new Map(tasks.map((task) => [task.key, task]))
}

/** A shard that is new since the earlier run belongs to the next generation. */
function generations({ earlier = {} }: Survey): (identity: string) => number {
  const run = Object.values(earlier).find((each) => each.generations > 0)
  return (identity) => (run ? (run.shards.get(identity) ?? run.generations) : 0)
}

/** Leaves out a stage's own facts: they follow from its options, which are entries themselves. */
function inheritedOnly(facts: Facts, inherited: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => name in inherited))
}

function refTo(task: Task | undefined, stage: string, key: string, wanted: string): InputRef {
  if (!task)
    throw new PipelineError({
      code: 'E_PLAN',
      message: `task ${stage}/${key} takes ${wanted}, which no earlier stage makes`,
    })
  return { stage: task.stage, key: task.key, kind: task.kind, fingerprint: task.fingerprint }
}

function asPlanned({ key, kind, splits }: Task): PlannedTask {
  return { key, kind, splits }
}

function measure(splits: readonly Split[], rowsOf: Plan['rowsOf']): { rows: number; bytes: number } {
  let rows = 0
  let bytes = 0
  for (const split of splits) {
    const { shard, row_end } = split
    rows += rowsOf(split)
    const share = row_end === undefined || !shard.rows ? 1 : (row_end - split.row_start) / shard.rows
    bytes += shard.size * share
  }
  return { rows, bytes: Math.round(bytes) }
}

/** Rows of splits: stated, seen by an earlier run, or guessed from bytes. */
function rowsSeen(shards: readonly SurveyedShard[]): Plan['rowsOf'] {
  const seen = new Map(
    shards.flatMap(({ identity, rows_seen: rows }) => (rows === undefined ? [] : [[identity, rows]])),
  )
  return (split) => {
    const { shard, row_end, row_start } = split
    const rows = row_end ?? shard.rows ?? seen.get(shard.identity.replace(/#\d+$/, ''))
    return rows === undefined ? rowsOfSplit(split) : rows - row_start
  }
}
