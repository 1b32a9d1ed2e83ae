import { digestOfJson } from '../core/digest.js'
import { asJson, type Json } from '../core/json.js'
import type { FileRecord } from '../stages/define.js'
import type { Entry } from './fingerprint.js'
import { summarise, type PlanSummary } from './comparable-plan.js'
import type { Plan, RunTask, StagePlan } from './types.js'

/** What a finished run pinned: `<manifest>.lock.json`, canonical JSON that reads well in a git diff. */
export interface Lock {
  readonly lock: 1
  readonly manifest: string
  /** The last stage of a run that left out others. */
  readonly until?: string | undefined
  readonly inputs: LockedList<LockedInput> & { readonly bytes: number }
  readonly stages: readonly LockedStage[]
}

/** A short list is inline; a long one is a JSON file in the store, named by its key. */
export interface LockedList<T> {
  readonly count: number
  /** SHA-256 of the canonical JSON of the list. */
  readonly digest: string
  readonly list?: readonly T[] | undefined
  readonly stored_at?: string | undefined
}

export interface LockedInput {
  readonly uri: string
  readonly size: number
  readonly identity: string
  /** SHA-256 of the bytes read; missing if no stage read the whole shard. */
  readonly sha256?: string | undefined
  /**
   * For a run that continues an earlier one: how many runs came before the one that first had this shard.
   */
  readonly generation?: number | undefined
}

export interface LockedStage {
  readonly node: string
  readonly stage: string
  /** Fingerprint of the stage in the plan: what was requested. */
  readonly fingerprint: string
  /** Options, runtime, models and facts, by name. */
  readonly pinned: { readonly [name: string]: Json }
  /** Merkle root of the tasks' files: what was produced. */
  readonly root: string
  readonly rows_in: number
  readonly rows_out: number
  readonly dropped: { readonly [reason: string]: number }
  readonly files: number
  readonly bytes: number
  readonly tasks: LockedList<LockedTask>
}

export interface LockedTask {
  readonly key: string
  readonly fingerprint: string
  /** SHA-256 of the names, sizes and digests of the task's files. */
  readonly root: string
}

/** The part of a task's record that the lock needs. */
export interface FinishedTask {
  readonly key: string
  readonly fingerprint: string
  readonly files: readonly FileRecord[]
  readonly accounting: {
    readonly rows_in: number
    readonly rows_out: number
    readonly dropped: { readonly [reason: string]: number }
  }
  readonly inputs: { readonly [shard: string]: string }
}

/** The part of a plan that its lock is made from. */
export interface LockablePlan {
  readonly manifest: string
  /** The last stage, if others are left out. */
  readonly until?: string | undefined
  readonly shards: readonly (Omit<LockedInput, 'sha256'> & { readonly id: string })[]
  readonly stages: readonly (Pick<StagePlan, 'node' | 'stage' | 'fingerprint' | 'entries'> & {
    readonly tasks: readonly RunTask[]
  })[]
}

/** Longer lists go into the store, to keep locks reviewable. */
export const inlineLimit = 100

export function rootOf(files: readonly FileRecord[]): string {
  return digestOfJson(files.map(({ name, size, sha256 }) => [name, size, sha256]))
}

/** Lists longer than `inlineLimit` are returned in `stored`, by the key of their `stored_at`. */
export function makeLock(
  plan: LockablePlan,
  finished: ReadonlyMap<string, FinishedTask>,
): { lock: Lock; stored: ReadonlyMap<string, Json> } {
  const stored = new Map<string, Json>()
  const listOf = <T>(items: readonly T[]): LockedList<T> => {
    const digest = digestOfJson(items)
    if (items.length <= inlineLimit) return { count: items.length, digest, list: items }
    const key = `_locks/${digest}.json`
    stored.set(key, asJson(items))
    return { count: items.length, digest, stored_at: key }
  }
  const digests = new Map<string, string>()
  for (const task of finished.values())
    for (const [shard, sha256] of Object.entries(task.inputs)) digests.set(shard, sha256)
  const inputs = plan.shards.map(({ id, uri, size, identity, generation }): LockedInput => {
    const sha256 = digests.get(id)
    return {
      uri,
      size,
      identity,
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(generation === undefined ? {} : { generation }),
    }
  })
  const stages = plan.stages.map((stage): LockedStage => {
    const records = stage.tasks.flatMap((task) => finished.get(task.fingerprint) ?? [])
    const tasks = records.map(({ key, fingerprint, files }): LockedTask => ({
      key,
      fingerprint,
      root: rootOf(files),
    }))
    return {
      node: stage.node,
      stage: stage.stage,
      fingerprint: stage.fingerprint,
      pinned: Object.fromEntries(stage.entries.map(({ name, value }) => [name, value])),
      root: digestOfJson(tasks.map((task) => task.root)),
      rows_in: sum(records, (record) => record.accounting.rows_in),
      rows_out: sum(records, (record) => record.accounting.rows_out),
      dropped: totalDropped(records),
      files: sum(records, (record) => record.files.length),
      bytes: sum(records, (record) => sum(record.files, (file) => file.size)),
      tasks: listOf(tasks),
    }
  })
  return {
    lock: {
      lock: 1,
      manifest: plan.manifest,
      ...(plan.until === undefined ? {} : { until: plan.until }),
      inputs: { ...listOf(inputs), bytes: sum(inputs, (input) => input.size) },
      stages,
    },
    stored,
  }
}

/** The summary of the plan that a lock came from, to compare a new plan with it. */
export function summaryOfLock(lock: Lock, inputs: readonly LockedInput[]): PlanSummary {
  return {
    stages: lock.stages.map(({ node, stage, fingerprint, pinned }) => ({
      node,
      stage,
      fingerprint,
      entries: Object.entries(pinned).map(([name, value]): Entry => ({ name, value })),
    })),
    inputs: inputs.map(({ uri, identity }) => [uri, identity] as const),
  }
}

/** The nodes of the plan whose fingerprint is not the locked one. Empty if the lock is for this plan. */
export function unexplained(plan: Plan, lock: Lock): string[] {
  const locked = new Map(lock.stages.map((stage) => [stage.node, stage]))
  const now = summarise(plan)
  return now.stages
    .filter(({ node, fingerprint }) => locked.get(node)?.fingerprint !== fingerprint)
    .map(({ node }) => node)
}

export function totalDropped(
  records: readonly { readonly accounting: { readonly dropped: { readonly [reason: string]: number } } }[],
): { [reason: string]: number } {
  const totals: { [reason: string]: number } = {}
  for (const { accounting } of records)
    for (const [reason, count] of Object.entries(accounting.dropped))
      totals[reason] = (totals[reason] ?? 0) + count
  return totals
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
