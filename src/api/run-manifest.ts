import type { Executor } from '../local-executor/executor.js'
import type { Prepared } from '../runner/prepare.js'
import type { RunResult } from '../runner/result.js'
import { runManifest } from '../runner/run.js'
import { runsLocally } from '../schedulers/table.js'
import { plannedEvent } from './planned-event.js'
import type { RunOptions } from './options.js'

/**
 * Runs every task that has no result yet, here or on the profile's scheduler, and writes the lock next to the
 * manifest. Prints nothing. Throws `PipelineError`: the first failure of a task, with the progress of the
 * run; `E_STOPPED` after an abort.
 */
export async function run(manifest: string, options: RunOptions = {}): Promise<RunResult> {
  const { listen } = options
  return runManifest(manifest, {
    ...options,
    planned: ({ plan, done, foreseen, reasons }) =>
      listen?.(
        plannedEvent(
          plan.stages,
          ({ fingerprint }) => done.has(fingerprint) || foreseen.certain.has(fingerprint),
          reasons,
        ),
      ),
    executor: executorOf,
  })
}

/** The scheduler that the profile names; undefined for this machine. */
async function executorOf(prepared: Prepared): Promise<Executor | undefined> {
  if (runsLocally(prepared.profile)) return undefined
  const { submissionContext } = await import('../submission/context.js')
  const { schedulerExecutor } = await import('../submission/executor.js')
  return schedulerExecutor(await submissionContext(prepared))
}
