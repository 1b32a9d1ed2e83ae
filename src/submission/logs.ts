import { PipelineError } from '../core/error.js'
import type { TaskRef } from '../planner/types.js'
import { readLedger } from './ledger.js'
import type { SubmissionContext } from './context.js'

/**
 * The output of the latest job of a task. `wanted` is `stage/key`, a unique key, or the beginning of a
 * fingerprint.
 */
export async function logsOf(
  { by, plan, store, scheduler }: SubmissionContext,
  wanted: string,
  tail: number | undefined,
): Promise<string> {
  const task = taskNamed(
    plan.stages.flatMap((stage) => stage.tasks),
    wanted,
  )
  const { arrays } = await readLedger(store, by, plan.manifest)
  for (const array of arrays.toReversed()) {
    const index = array.members.findIndex((members) => members.includes(task.fingerprint))
    if (index < 0 || array.job === undefined) continue
    const text = await scheduler.logs({ id: array.job, name: array.name, size: array.size }, index, tail)
    if (text !== undefined) return text
  }
  throw new PipelineError({
    code: 'E_NO_LOGS',
    failure: 'usage',
    message: 'no job of this task has any output yet',
    place: `${task.node}/${task.key}`,
    hint: '`coterie status` shows whether it is waiting',
  })
}

export function taskNamed<T extends TaskRef & { readonly node: string }>(
  tasks: readonly T[],
  wanted: string,
): T {
  const found = tasks.filter(
    ({ node, key, fingerprint }) =>
      `${node}/${key}` === wanted ||
      key === wanted ||
      (/^[0-9a-f]{8,64}$/.test(wanted) && fingerprint.startsWith(wanted)),
  )
  if (found.length === 1 && found[0]) return found[0]
  throw new PipelineError({
    code: 'E_NO_SUCH_TASK',
    failure: 'usage',
    message: found.length === 0 ? `the plan has no task ${wanted}` : `${found.length} tasks match ${wanted}`,
    expected: 'stage/key, or the beginning of a fingerprint',
    found:
      found.length === 0
        ? undefined
        : found
            .slice(0, 4)
            .map(({ node, key }) => `${node}/${key}`)
            .join(', '),
    hint: '`coterie plan MANIFEST --tasks` lists them',
  })
}
