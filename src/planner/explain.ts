import { canonicalJson, type Json } from '../core/json.js'
import { differences, type Difference } from './fingerprint.js'
import { spelled } from './option-entries.js'
import type { PlanSummary } from './comparable-plan.js'
import type { Plan, StagePlan, Task } from './types.js'

export interface StageReason {
  readonly node: string
  readonly action: 'run' | 'reuse'
  readonly tasks: number
  readonly to_run: number
  /**
   * One line, such as `new`, `reused`, `option cluster.fine 64 → 128`, `input changed: a.tar`, `assign
   * changed (option …)`.
   */
  readonly reason: string
  /** The entries that differ from the previous run, if there was one. */
  readonly differences: readonly Difference[]
  /** The stages on whose results it depends whether tasks of this stage run. */
  readonly depends_on: readonly string[]
  /** Why this task runs; may differ from the reason of its stage. */
  readonly reasonOf: (task: Task) => string
}

/** What is known about tasks without a record, by fingerprint. */
export interface Foreseeable {
  /** These take over an equal result, whatever happens. */
  readonly certain: { readonly has: (fingerprint: string) => boolean }
  /** These do if the results of the named nodes come out as before. */
  readonly depends: ReadonlyMap<string, readonly string[]>
}

const unforeseen: Foreseeable = { certain: new Set(), depends: new Map() }

/**
 * Explains why each stage would run, by comparing this plan with the summary of the previous one, entry by
 * entry. `done` holds the fingerprints that have a record.
 */
export function explainPlan(
  plan: Plan,
  done: ReadonlySet<string>,
  before: PlanSummary | undefined,
  foreseen: Foreseeable = unforeseen,
): StageReason[] {
  const inputs = compareInputs(plan, before)
  const reasons = new Map<string, StageReason>()
  for (const stage of plan.stages)
    reasons.set(stage.node, explainStage(stage, { done, before, inputs, plan, foreseen, upstream: reasons }))
  return [...reasons.values()]
}

interface Explaining {
  readonly done: ReadonlySet<string>
  readonly before: PlanSummary | undefined
  readonly inputs: InputChanges
  readonly plan: Plan
  readonly foreseen: Foreseeable
  readonly upstream: ReadonlyMap<string, StageReason>
}

function explainStage(
  stage: StagePlan,
  { done, before, inputs, plan, foreseen, upstream }: Explaining,
): StageReason {
  const equal = ({ fingerprint }: Task) => foreseen.certain.has(fingerprint)
  const missing = stage.tasks.filter((task) => !done.has(task.fingerprint) && !equal(task))
  const old = before?.stages.find((candidate) => candidate.node === stage.node)
  // A fact follows from an upstream option, which is the better reason.
  const found = spelled(
    stage.spellings,
    (old ? differences(old.entries, stage.entries) : []).filter(({ name }) => !name.startsWith('fact ')),
  )
  const changed = found.map(renderDifference).join(', ')
  const renamed = ({ takes, after }: Task) =>
    [...Object.values(takes).flat(), ...after].some(({ fingerprint }) => foreseen.certain.has(fingerprint))
  const reasonOf = (task: Task): string => {
    if (done.has(task.fingerprint)) return 'reused'
    if (equal(task)) return equalResult(changed)
    if (!old) return 'new'
    if (found.length > 0) return changed
    if (task.names_inputs && renamed(task)) return 'its files name results whose names changed'
    const own = task.splits.length === 1 ? inputs.byUri.get(task.splits[0]?.shard.uri ?? '') : undefined
    if (own) return own
    const cause = upstreamCause(task, upstream, plan)
    if (cause) return cause
    if (inputs.summary && task.splits.length > 1) return inputs.summary
    return 'not finished'
  }
  const first = missing[0] ?? stage.tasks.find(equal)
  const shared = first ? reasonOf(first) : 'reused'
  const depends_on = [
    ...new Set(missing.flatMap(({ fingerprint }) => foreseen.depends.get(fingerprint) ?? [])),
  ]
  const several = missing.some((task) => reasonOf(task) !== shared)
  return {
    node: stage.node,
    action: missing.length > 0 ? 'run' : 'reuse',
    tasks: stage.tasks.length,
    to_run: missing.length,
    reason: withCondition(
      several && inputs.summary && found.length === 0 ? inputs.summary : shared,
      depends_on,
    ),
    differences: found,
    depends_on,
    reasonOf: (task) => withCondition(reasonOf(task), foreseen.depends.get(task.fingerprint) ?? []),
  }
}

function equalResult(changed: string): string {
  return changed === ''
    ? 'equal to an earlier result'
    : `equal to an earlier result (${changed} does nothing)`
}

/** `…; reused if assign comes out equal`. */
function withCondition(reason: string, nodes: readonly string[]): string {
  if (nodes.length === 0) return reason
  return `${reason}; reused if ${nodes.join(' and ')} ${nodes.length === 1 ? 'comes' : 'come'} out equal`
}

/** The first upstream stage that runs, with its reason: the inputs of this task are going to change. */
function upstreamCause(
  task: Task,
  upstream: ReadonlyMap<string, StageReason>,
  plan: Plan,
): string | undefined {
  const sources = new Set(
    Object.values(task.takes)
      .flat()
      .map((ref) => ref.stage),
  )
  for (const stage of plan.stages) {
    const reason = upstream.get(stage.node)
    if (!sources.has(stage.stage) || reason?.action !== 'run') continue
    const plain = reason.reason.replace(/; reused if .*$/, '')
    const root = /\(([^()]*)\)$/.exec(plain)?.[1] ?? plain
    if (root !== 'not finished' && root !== 'new') return `${stage.node} changed (${root})`
  }
  return undefined
}

interface InputChanges {
  readonly byUri: ReadonlyMap<string, string>
  readonly summary: string | undefined
}

function compareInputs(plan: Plan, before: PlanSummary | undefined): InputChanges {
  if (!before) return { byUri: new Map(), summary: undefined }
  const old = new Map(before.inputs)
  const identities = new Set(before.inputs.map(([, identity]) => identity))
  const byUri = new Map<string, string>()
  let added = 0
  let changed = 0
  for (const { uri, identity } of plan.shards) {
    if (identities.has(identity)) continue
    if (old.has(uri)) {
      byUri.set(uri, `input changed: ${uri}`)
      changed += 1
    } else {
      byUri.set(uri, `input added: ${uri}`)
      added += 1
    }
  }
  const now = new Set(plan.shards.map(({ identity }) => identity))
  const removed = before.inputs.filter(([uri, identity]) => !now.has(identity) && !byUri.has(uri)).length
  const only = byUri.size === 1 && removed === 0 ? [...byUri.values()][0] : undefined
  const counts = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'removed'],
  ] as const
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${count === 1 ? 'input' : 'inputs'} ${what}`)
  return { byUri, summary: only ?? (parts.length > 0 ? parts.join(', ') : undefined) }
}

/** `option cluster.fine 64 → 128`. Long values are truncated; groups name the members that differ. */
export function renderDifference({ name, before, after }: Difference): string {
  if (isGroup(before) && isGroup(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
    const inner = keys.filter((key) => short(before[key]) !== short(after[key]))
    if (inner.length > 0)
      return inner
        .map((key) => renderDifference({ name: `${name}.${key}`, before: before[key], after: after[key] }))
        .join(', ')
  }
  if (before === undefined) return `${name} added: ${short(after)}`
  if (after === undefined) return `${name} removed: ${short(before)}`
  return `${name} ${short(before)} → ${short(after)}`
}

function isGroup(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** A value on one line: digests and long texts are cut. */
export function short(value: Json | undefined): string {
  if (value === undefined) return 'none'
  const text = typeof value === 'string' ? value : canonicalJson(value)
  if (/^[0-9a-f]{64}$/.test(text)) return text.slice(0, 12)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
