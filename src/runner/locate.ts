import { PipelineError } from '../core/error.js'
import { mapConcurrently } from '../core/concurrency.js'
import { stageMaking } from '../planner/graph.js'
import type { Plan, Task } from '../planner/types.js'
import type { Artefact, ArtefactKind, Facts } from '../stages/define.js'
import { openArtefact } from './task/artefact.js'
import { openStorage, type RunStorage } from './storage.js'
import { prepare, type PrepareOptions } from './prepare.js'

/** A run whose existing results can be read. */
export interface FinishedRun {
  readonly plan: Plan
  readonly storage: RunStorage
  /**
   * The results of the last stage that makes this kind, in plan order. Throws `E_NOT_FINISHED` unless all
   * of its tasks are done.
   */
  artefacts(kind: ArtefactKind): Promise<Artefact[]>
  /** The results of that stage that exist. */
  existing(kind: ArtefactKind): Promise<Artefact[]>
  /** The facts that that stage passes downstream. */
  facts(kind: ArtefactKind): Facts
}

/** Plans the manifest and opens the results in its store; runs nothing. */
export async function openFinished(manifest: string, options: PrepareOptions = {}): Promise<FinishedRun> {
  const { plan, setup, done } = await prepare(manifest, options)
  const storage = await openStorage(setup)
  const splits = new Map(plan.splits.map((split) => [split.id, split]))
  const maker = (kind: ArtefactKind) => stageMaking(plan, kind)
  const open = (tasks: readonly Task[]) =>
    mapConcurrently(tasks, 16, (task) => openArtefact(storage.store, task, splits))
  return {
    plan,
    storage,
    facts: (kind) => maker(kind)?.facts ?? {},
    existing: (kind) => open((maker(kind)?.tasks ?? []).filter((task) => done.has(task.fingerprint))),
    async artefacts(kind) {
      const stage = maker(kind)
      const missing = (stage?.tasks ?? []).filter((task) => !done.has(task.fingerprint))
      if (!stage)
        throw new PipelineError({
          code: 'E_NOT_FINISHED',
          failure: 'usage',
          message: `no stage of this pipeline makes ${kind.name}`,
          place: manifest,
        })
      if (missing.length > 0)
        throw new PipelineError({
          code: 'E_NOT_FINISHED',
          failure: 'usage',
          message:
            `stage ${stage.node} is not finished: ${missing.length} ` +
            `of ${stage.tasks.length} tasks have no result`,
          place: manifest,
          hint: `coterie run ${manifest} --until ${stage.node}`,
        })
      return open(stage.tasks)
    },
  }
}
