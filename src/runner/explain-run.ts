import { PipelineError } from '../core/error.js'
import type { StageReason } from '../planner/explain.js'
import { differences, type Entry } from '../planner/fingerprint.js'
import { optionsOfNode } from '../planner/locked-options.js'
import { spelled, spellingsOf } from '../planner/option-entries.js'
import { type AdoptedTask, adoptedTasks } from './task/adopted-tasks.js'
import { finishedTasks } from './finished-tasks.js'
import { lockedStages } from './lock/lock-file.js'
import { lockDespite } from './lock/without-inputs.js'
import { nodesOf, openManifest } from './open-manifest.js'
import { prepare, type PrepareOptions } from './prepare.js'
import { openStorage } from './storage.js'

export interface ExplainedRun {
  readonly stages: readonly (Omit<StageReason, 'reasonOf'> & {
    /** The entries of its fingerprint. */
    readonly entries: readonly Entry[]
    /** Its tasks that have the result of another task, because it came out equal. */
    readonly adopted: readonly AdoptedTask[]
  })[]
  /** The lock that this comes from, and why the run could not be planned. */
  readonly instead?: { readonly lock: string; readonly failure: PipelineError } | undefined
}

/** Explains the stages of a plan; from the lock if the inputs cannot be read. */
export async function explainRun(path: string, options: PrepareOptions): Promise<ExplainedRun> {
  try {
    const { plan, setup, done, reasons } = await prepare(path, options)
    const { store } = await openStorage(setup)
    const adopted = await adoptedTasks(
      store,
      plan.stages.flatMap(({ tasks }) => tasks.filter(({ fingerprint }) => done.has(fingerprint))),
    )
    const entries = new Map(
      plan.stages.map((stage) => [stage.node, spelled(stage.spellings, stage.entries)] as const),
    )
    return {
      stages: reasons.map((reason, at) => {
        const own = new Set(plan.stages[at]?.tasks.map(({ fingerprint }) => fingerprint))
        return {
          ...reason,
          entries: entries.get(reason.node) ?? [],
          adopted: adopted.filter(({ fingerprint }) => own.has(fingerprint)),
        }
      }),
    }
  } catch (error) {
    return explainByLock(path, options, error)
  }
}

async function explainByLock(path: string, options: PrepareOptions, error: unknown): Promise<ExplainedRun> {
  const found = await lockDespite(error, path, options)
  const { setup, ...opened } = await openManifest(path, options)
  const { store } = await openStorage(setup)
  const nodes = nodesOf(opened)
  const locked = await lockedStages(found.lock, store)
  const done = await finishedTasks(store, { stages: locked })
  const adopted = await adoptedTasks(
    store,
    locked.flatMap(({ stage, tasks }) =>
      tasks.filter(({ fingerprint }) => done.has(fingerprint)).map((task) => ({ ...task, stage })),
    ),
  )
  return {
    stages: found.lock.stages.map(({ node, stage, pinned }, at) => {
      const all = locked[at]?.tasks ?? []
      const own = new Set(all.map(({ fingerprint }) => fingerprint))
      const missing = all.filter(({ fingerprint }) => !done.has(fingerprint)).length
      const spellings = opened.stages.has(stage) ? spellingsOf(opened.stages.get(stage)) : {}
      const entries = Object.entries(pinned).map(([name, value]): Entry => ({ name, value }))
      const now = optionsOfNode(nodes, node)
      const changed = now
        ? differences(
            entries.filter(({ name }) => name.startsWith('option ')),
            now,
          )
        : []
      return {
        node,
        action: missing + changed.length > 0 ? 'run' : 'reuse',
        tasks: all.length,
        to_run: changed.length > 0 ? all.length : missing,
        reason: reasonOf(changed.length, missing),
        differences: spelled(spellings, changed),
        depends_on: [],
        adopted: adopted.filter(({ fingerprint }) => own.has(fingerprint)),
        entries: spelled(spellings, entries),
      }
    }),
    instead: { lock: found.path, failure: PipelineError.from(error) },
  }
}

function reasonOf(changed: number, missing: number): string {
  if (changed > 0) return 'options changed since the lock was written'
  return missing > 0 ? 'results that the lock pins are missing' : 'reused'
}
