import { PipelineError } from '../core/error.js'
import { locate } from '../io/store/backends.js'
import type { Profile } from '../manifest/profile.js'
import type { Scheduler } from '../schedulers/scheduler.js'
import { schedulerNamed, schedulers, type SchedulerTable } from '../schedulers/table.js'

/**
 * Opens the scheduler that a profile names. Throws `E_NO_SCHEDULER` if the profile runs tasks on this
 * machine.
 */
export async function openScheduler(
  profile: Profile | undefined,
  store: string,
  table: SchedulerTable = schedulers,
): Promise<Scheduler> {
  const row = schedulerNamed(profile?.executor, table)
  if (!profile || !row)
    throw new PipelineError({
      code: 'E_NO_SCHEDULER',
      failure: 'usage',
      message: profile
        ? `profile ${profile.name} runs tasks on this machine`
        : 'no profile names a scheduler',
      hint:
        'name a profile whose `executor` is a scheduler: --profile slurm; ' +
        '`coterie run` runs on this machine',
    })
  const members: { readonly [member: string]: unknown } = profile
  const { backend, key } = locate(store)
  return row.open({
    // The profile was checked against the fields of this row.
    settings: members[row.member] as Parameters<typeof row.open>[0]['settings'],
    repetitions: profile.jobs.repetitions,
    stage_queues: Object.values(profile.stages).flatMap(({ queue }) => queue ?? []),
    store_folder: backend.local ? key : undefined,
  })
}
