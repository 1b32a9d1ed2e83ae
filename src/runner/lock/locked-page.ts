import type { Lock } from '../../planner/lock.js'
import { builtinStages } from '../../stages/builtin-stages.js'
import type { StageRegistry } from '../../stages/stage-registry.js'
import { openRecorded } from '../task/artefact.js'
import { hasRecord, readRecord } from '../task/record.js'
import { openStorage, type RunSetup } from '../storage.js'
import { readLockedList } from './lock-file.js'

/** Reads a file of a locked run's page: `html` for people, `json` for programs. */
export type ReadPage = (file: 'html' | 'json') => Promise<Uint8Array>

/** The page that the lock pins, even if the manifest has changed since. Undefined if the run made none. */
export async function lockedPage(
  lock: Lock,
  setup: RunSetup,
  known: StageRegistry = builtinStages,
): Promise<ReadPage | undefined> {
  const locked = lock.stages.findLast(({ stage }) => known.has(stage) && known.get(stage).page)
  const page = locked && known.get(locked.stage).page
  if (!page) return undefined
  const { store } = await openStorage(setup)
  const [task] = await readLockedList(locked.tasks, store)
  const ref = task && { stage: locked.stage, key: task.key, fingerprint: task.fingerprint }
  if (!ref || !(await hasRecord(store, ref))) return undefined
  const record = await readRecord(store, ref)
  return async (file) => {
    const source = await openRecorded(store, record, page[file])
    return source.read(0, source.size)
  }
}
