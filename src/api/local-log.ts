import { PipelineError, renderError } from '../core/error.js'
import { readFailures } from '../runner/local-failures.js'
import { recallRun } from '../runner/recall.js'
import { openStorage } from '../runner/storage.js'
import { taskNamed } from '../submission/logs.js'
import type { StatusOptions } from './options.js'

/** Why a task failed that ran without a scheduler. Throws `E_NO_LOGS`, `E_NO_SUCH_TASK`. */
export async function localLog(manifest: string, wanted: string, options: StatusOptions): Promise<string> {
  const { plan, setup } = await recallRun(manifest, options)
  const { store } = await openStorage(setup)
  const task = taskNamed(
    plan.stages.flatMap((stage) => stage.tasks),
    wanted,
  )
  const [failure] = await readFailures(store, [task])
  if (!failure)
    throw new PipelineError({
      code: 'E_NO_LOGS',
      failure: 'usage',
      message: 'this task has not failed, or not since its failures are kept',
      place: `${task.node}/${task.key}`,
      hint: 'tasks of this machine write to standard error; with a profile, `logs` asks its scheduler',
    })
  const { code, message, place, hint, time, host } = failure
  const error = new PipelineError({ code, message, place: place ?? undefined, hint: hint ?? undefined })
  return `${time} on ${host}\n${renderError(error)}`
}
