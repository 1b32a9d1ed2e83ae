import { mapConcurrently } from '../../core/concurrency.js'
import { adoptionKey, idleEntries, type KeyParts, settingsDigest } from '../../planner/adoption-key.js'
import type { InputRef, Task, TaskRef } from '../../planner/types.js'
import type { StageRegistry } from '../../stages/stage-registry.js'
import type { TaskRecord } from '../task/record.js'
import { seenDigest } from '../task/seen.js'

/** Reads the record of an input, whether it is there already or will be adopted. */
export type ReadInput = (ref: TaskRef) => Promise<TaskRecord>

/** The adoption key of a task all of whose inputs are known. */
export async function keyOfTask(task: Task, stages: StageRegistry, read: ReadInput): Promise<string> {
  return keyWith(task, settingsOf(task, stages), task, stages, read)
}

/** Digest of everything in a task's adoption key but its inputs. */
export function settingsOf(task: Task, stages: StageRegistry): string {
  const stage = stages.get(task.stage)
  const splits = task.splits.map(({ id }) => id)
  return settingsDigest(
    [...task.shared_entries, ...task.own_entries],
    splits,
    idleEntries(stage, task),
    stage,
  )
}

/** The adoption key for these settings and inputs, of a task of the same stage and key. */
export async function keyWith(
  { stage }: Pick<Task, 'stage'>,
  settings: string,
  { takes, after }: Pick<Task, 'takes' | 'after'>,
  stages: StageRegistry,
  read: ReadInput,
): Promise<string> {
  const { takes: ports } = stages.get(stage)
  const digests = (refs: readonly InputRef[], port?: string) =>
    mapConcurrently(refs, 32, async (ref) =>
      seenDigest(await read(ref), port === undefined ? undefined : ports[port]?.kind, stages),
    )
  const reads: { [port: string]: readonly string[] } = {}
  for (const [port, refs] of Object.entries(takes)) reads[`takes ${port}`] = await digests(refs, port)
  reads.after = await digests(after)
  return adoptionKey({ settings, reads } satisfies KeyParts)
}
