import { mapConcurrently } from '../../core/concurrency.js'
import { asJson } from '../../core/json.js'
import { PipelineError } from '../../core/error.js'
import { upTo } from '../../planner/graph.js'
import type { Lock } from '../../planner/lock.js'
import { hasLockedOptions, statedByNodes, withLockedOptions } from '../../planner/locked-options.js'
import type { PlanNode } from '../../planner/plan.js'
import type { ArtefactKind } from '../../stages/define.js'
import { readEarlierRuns } from '../earlier.js'
import { type FinishedRun, madeByNone, notFinished } from '../finished-run.js'
import { nodesOf, openManifest } from '../open-manifest.js'
import type { PrepareOptions } from '../prepare.js'
import { openStorage } from '../storage.js'
import { openArtefact } from '../task/artefact.js'
import { hasRecord } from '../task/record.js'
import { findLock } from './location.js'
import { lockedStages } from './lock-file.js'

/**
 * The run that the lock of this manifest, `--set` and `--until` pins: its inputs are not needed. Undefined
 * if there is no such lock, or if it is for other options than the manifest has now. A lock that `--lock`
 * names is taken with the options that it pins.
 */
export async function finishedByLock(
  manifest: string,
  options: PrepareOptions,
): Promise<FinishedRun | undefined> {
  const found = await findLock(manifest, options).catch((error: unknown) => {
    if (options.lock === undefined && error instanceof PipelineError && error.code === 'E_NO_LOCK')
      return undefined
    throw error
  })
  if (!found) return undefined
  const opened = await openManifest(manifest, options)
  const all = nodesOf(opened)
  const { lock } = found
  const pinned = withLockedOptions(all, lock.stages)
  if (options.lock === undefined && !isOf(lock, all, options.until)) return undefined
  const storage = await openStorage(opened.setup)
  const earlier = await readEarlierRuns(pinned, storage.store, opened.setup.settings)
  return openLocked(lock, pinned, {
    storage,
    facts: statedByNodes(pinned, earlier),
    place: found.path,
    manifest,
  })
}

/** A lock of fewer stages than were asked for says nothing about the others. */
function isOf(lock: Lock, all: readonly PlanNode[], until: string | undefined): boolean {
  const known = until === undefined || all.some(({ name }) => name === until)
  return known && hasLockedOptions(until === undefined ? all : upTo(all, until), lock.stages)
}

interface Located {
  readonly storage: FinishedRun['storage']
  readonly facts: ReturnType<typeof statedByNodes>
  readonly place: string
  readonly manifest: string
}

async function openLocked(
  lock: Lock,
  nodes: readonly PlanNode[],
  { storage, facts, place, manifest }: Located,
): Promise<FinishedRun> {
  const stages = await lockedStages(lock, storage.store)
  const maker = (wanted: ArtefactKind) =>
    nodes.findLast(({ stage }) => Object.values(stage.makes).some(({ kind }) => kind.name === wanted.name))
  const tasksOf = (kind: ArtefactKind) => {
    const node = maker(kind)
    const locked = stages.find((stage) => stage.node === node?.name)
    return (locked?.tasks ?? []).map(({ key, fingerprint }) => ({
      stage: locked?.stage ?? '',
      key,
      fingerprint,
      kind: kind.name,
    }))
  }
  const existing = async (kind: ArtefactKind) => {
    const tasks = tasksOf(kind)
    const there = await mapConcurrently(tasks, 16, (task) => hasRecord(storage.store, task))
    return { tasks, there: tasks.filter((_, at) => there[at]) }
  }
  const open = (tasks: ReturnType<typeof tasksOf>) =>
    mapConcurrently(tasks, 16, (task) => openArtefact(storage.store, task, new Map()))
  return {
    storage,
    facts: (kind) => facts.get(maker(kind)?.name ?? '') ?? {},
    options(kind) {
      const node = maker(kind)
      return node && asJson(node.stage.bind(node.options).options)
    },
    existing: async (kind) => open((await existing(kind)).there),
    async artefacts(kind) {
      const node = maker(kind)
      if (!node) throw madeByNone(kind, place)
      const { tasks, there } = await existing(kind)
      if (there.length < tasks.length)
        throw notFinished(
          node.name,
          tasks.length - there.length,
          tasks.length,
          storage.store.uri,
          `the lock pins them: coterie run ${manifest} makes them again`,
        )
      return open(tasks)
    },
  }
}
