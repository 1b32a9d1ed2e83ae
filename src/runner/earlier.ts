import { readText as readTextOf, readWhole } from '../io/read-whole.js'
import { join } from 'node:path'
import { mapConcurrently } from '../core/concurrency.js'
import { PipelineError } from '../core/error.js'
import type { StoreSettings } from '../io/store/backends.js'
import { openUri } from '../io/store/open.js'
import type { Store } from '../io/store/store.js'
import type { LockedInput } from '../planner/lock.js'
import type { PlanNode } from '../planner/plan.js'
import type { EarlierRun } from '../planner/types.js'
import type { AnyStage, BoundStage } from '../stages/define.js'
import { parseLock, readLockedList } from './lock/lock-file.js'
import { fileKey, hasRecord, readRecord } from './task/record.js'

/** Reads the earlier runs that stages of this manifest continue, by the URI in the stage's option. */
export async function readEarlierRuns(
  nodes: readonly PlanNode[],
  store: Store,
  settings: StoreSettings | undefined,
): Promise<{ readonly [uri: string]: EarlierRun }> {
  const runs: { [uri: string]: EarlierRun } = {}
  for (const { stage, options } of nodes) {
    const bound = stage.bind(options)
    const uri = bound.earlier
    if (uri !== undefined)
      runs[uri] = uri.endsWith('.json')
        ? await fromLock(uri, stage, bound, store, settings)
        : await fromArtefact(uri, bound, settings)
  }
  return runs
}

/** A lock file of a run in the same store: its tasks can be taken over unchanged. */
async function fromLock(
  uri: string,
  stage: AnyStage,
  bound: BoundStage,
  store: Store,
  settings: StoreSettings | undefined,
): Promise<EarlierRun> {
  const lock = parseLock(uri, await readText(uri, settings))
  const locked = lock.stages.find((each) => each.stage === stage.name)
  if (!locked)
    throw new PipelineError({
      code: 'E_EARLIER',
      failure: 'manifest',
      message: `the locked run has no stage ${stage.name}`,
      place: uri,
    })
  const tasks = await readLockedList(locked.tasks, store)
  const shards = new Map(
    (await readLockedList<LockedInput>(lock.inputs, store)).map(({ identity, generation = 0 }) => [
      identity,
      generation,
    ]),
  )
  return {
    generations: 1 + [...shards.values()].reduce((most, generation) => Math.max(most, generation), 0),
    shards,
    tasks: await mapConcurrently(tasks, 8, async ({ key, fingerprint }) => {
      if (!(await hasRecord(store, { stage: stage.name, fingerprint }))) throw notInStore(uri, stage, store)
      return {
        key,
        fingerprint,
        facts: await bound.factsOfEarlier(async (file) => {
          const record = await readRecord(store, { stage: stage.name, key, fingerprint })
          return store.read(fileKey(record, file))
        }),
      }
    }),
  }
}

/** The folder of one artefact, in any store. */
async function fromArtefact(
  uri: string,
  bound: BoundStage,
  settings: StoreSettings | undefined,
): Promise<EarlierRun> {
  const facts = await bound.factsOfEarlier(async (file) => {
    const source = await openUri(
      uri.includes('://') ? `${uri.replace(/\/$/, '')}/${file}` : join(uri, file),
      settings,
    )
    return readWhole(source)
  })
  return { generations: 0, shards: new Map(), tasks: [{ key: '', fingerprint: '', facts }] }
}

async function readText(uri: string, settings: StoreSettings | undefined): Promise<string> {
  return readTextOf(await openUri(uri, settings))
}

function notInStore(uri: string, stage: AnyStage, store: Store): PipelineError {
  return new PipelineError({
    code: 'E_EARLIER',
    failure: 'manifest',
    message: `the results of the stage ${stage.name} of the earlier run are not in this store`,
    place: uri,
    expected: 'the store of the earlier run',
    found: store.uri,
    hint:
      'use the store of the earlier run, or name the folder of its ' +
      `artefact (<store>/${stage.name}/data/<fingerprint>)`,
  })
}
