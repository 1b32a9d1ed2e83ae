import { mapConcurrently } from '../core/concurrency.js'
import { stageMaking } from '../planner/graph.js'
import type { Task } from '../planner/types.js'
import type { ArtefactKind } from '../stages/define.js'
import { type FinishedRun, madeByNone, notFinished } from './finished-run.js'
import { finishedByLock } from './lock/finished-by-lock.js'
import { openStorage } from './storage.js'
import { prepare, type PrepareOptions } from './prepare.js'
import { openArtefact } from './task/artefact.js'

/**
 * Opens the results of a run in its store; runs nothing. They are those of its lock, whatever has become of
 * the crawl; without a lock for the manifest's options, those that the current plan finds.
 */
export async function openFinished(manifest: string, options: PrepareOptions = {}): Promise<FinishedRun> {
  return (await finishedByLock(manifest, options)) ?? openPlanned(manifest, options)
}

async function openPlanned(manifest: string, options: PrepareOptions): Promise<FinishedRun> {
  const { plan, setup, done } = await prepare(manifest, options)
  const storage = await openStorage(setup)
  const splits = new Map(plan.splits.map((split) => [split.id, split]))
  const maker = (kind: ArtefactKind) => stageMaking(plan, kind)
  const open = (tasks: readonly Task[]) =>
    mapConcurrently(tasks, 16, (task) => openArtefact(storage.store, task, splits))
  return {
    storage,
    facts: (kind) => maker(kind)?.facts ?? {},
    options: (kind) => maker(kind)?.options,
    existing: (kind) => open((maker(kind)?.tasks ?? []).filter((task) => done.has(task.fingerprint))),
    async artefacts(kind) {
      const stage = maker(kind)
      if (!stage) throw madeByNone(kind, manifest)
      const missing = stage.tasks.filter((task) => !done.has(task.fingerprint)).length
      if (missing > 0) {
        const hint = `coterie run ${manifest} --until ${stage.node}`
        throw notFinished(stage.node, missing, stage.tasks.length, manifest, hint)
      }
      return open(stage.tasks)
    },
  }
}
