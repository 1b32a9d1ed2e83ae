import { homedir } from 'node:os'
import { join } from 'node:path'
import { PipelineError } from '../core/error.js'
import type { Profile } from '../manifest/profile.js'
import type { Scheduler } from '../schedulers/scheduler.js'

/**
 * The scheduler that a profile names. Throws `E_NO_SCHEDULER` for profiles that run tasks on this machine.
 */
export async function openScheduler(profile: Profile | undefined, store: string): Promise<Scheduler> {
  switch (profile?.executor) {
    case 'slurm': {
      const { slurmScheduler } = await import('../schedulers/slurm/slurm.js')
      return slurmScheduler({
        ...profile.slurm,
        logs: profile.slurm.logs ?? usualLogs(store),
        repetitions: profile.jobs.repetitions,
      })
    }
    case 'aws-batch': {
      const { batchScheduler } = await import('../schedulers/aws-batch/batch.js')
      const stage_queues = Object.values(profile.stages).flatMap(({ queue }) => queue ?? [])
      return batchScheduler({ ...profile.aws_batch, repetitions: profile.jobs.repetitions, stage_queues })
    }
    default:
      throw new PipelineError({
        code: 'E_NO_SCHEDULER',
        failure: 'usage',
        message: profile
          ? `profile ${profile.name} runs tasks on this machine`
          : 'no profile names a scheduler',
        hint: 'give a profile whose `executor` is a scheduler: --profile slurm; `coterie run` runs on this machine',
      })
  }
}

function usualLogs(store: string): string {
  return store.includes('://') ? join(homedir(), '.coterie', 'logs') : join(store, '_live', 'logs')
}
