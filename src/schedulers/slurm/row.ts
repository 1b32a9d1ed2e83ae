import { homeFolder } from '../../core/home-folder.js'
import { join } from 'node:path'
import type { SchedulerRow } from '../row.js'
import { wholeNumber } from '../whole-number.js'
import { slurmFields } from './fields.js'

export const slurmRow = {
  name: 'slurm',
  member: 'slurm',
  doc: 'Array jobs of a Slurm cluster.',
  fields: slurmFields,
  job: {
    index: (env) => wholeNumber(env, 'SLURM_ARRAY_TASK_ID'),
    attempt: (env) => wholeNumber(env, 'SLURM_RESTART_COUNT'),
  },
  async open({ settings, repetitions, store_folder }) {
    const { slurmScheduler } = await import('./scheduler.js')
    const usual = store_folder ? join(store_folder, '_live', 'logs') : join(homeFolder(), '.coterie', 'logs')
    return slurmScheduler({ ...settings, logs: settings.logs ?? usual, repetitions })
  },
} as const satisfies SchedulerRow<typeof slurmFields>
