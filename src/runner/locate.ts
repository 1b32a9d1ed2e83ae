import { PipelineError } from '../core/error.js'
import { mapConcurrently } from '../core/concurrency.js'
import type { Plan, Task } from '../planner/types.js'
import type { Artefact } from '../stages/define.js'
import { openArtefact } from './task/artefact.js'
import { openStorage, type RunStorage } from './storage.js'
import { prepare, type PrepareOptions } from './prepare.js'

/** A run whose results can be read, as far as they exist. */
export interface FinishedRun {
  readonly plan: Plan
  readonly storage: RunStorage
  /** Results of a stage's tasks in plan order. Throws `E_NOT_FINISHED` unless all of them exist. */
  artefacts(stage: string): Promise<Artefact[]>
  /** Those that exist. */
  existing(stage: string): Promise<Artefact[]>
}

/** Plans the manifest and opens what its store already holds; runs nothing. */
export async function openFinished(manifest: string, options: PrepareOptions = {}): Promise<FinishedRun> {
  const { plan, setup, done } = await prepare(manifest, options)
  const storage = await openStorage(setup)
  const splits = new Map(plan.splits.map((split) => [split.id, split]))
  const tasksOf = (name: string) =>
    plan.stages.filter((stage) => stage.stage === name).flatMap((stage) => stage.tasks)
  const open = (tasks: readonly Task[]) =>
    mapConcurrently(tasks, 16, (task) => openArtefact(storage.store, task, splits))
  return {
    plan,
    storage,
    existing: (name) => open(tasksOf(name).filter((task) => done.has(task.fingerprint))),
    async artefacts(name) {
      const tasks = tasksOf(name)
      const missing = tasks.filter((task) => !done.has(task.fingerprint))
      if (tasks.length === 0 || missing.length > 0) {
        throw new PipelineError({
          code: 'E_NOT_FINISHED',
          failure: 'usage',
          message:
            tasks.length === 0
              ? `this pipeline has no stage ${name}`
              : `stage ${name} is not finished: ${missing.length} of ${tasks.length} tasks have no result`,
          place: manifest,
          hint: `coterie run ${manifest} --until ${name}`,
        })
      }
      return open(tasks)
    },
  }
}
