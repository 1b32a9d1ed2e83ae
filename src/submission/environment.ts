import { PipelineError } from '../core/error.js'
import { settingsFromEnvironment } from '../io/store/settings.js'
import type { ElementRequest } from './element.js'

type Environment = { readonly [name: string]: string | undefined }

/**
 * Which element this is and which attempt at it, as schedulers tell their jobs; `COTERIE_…` is what job
 * scripts of ours set.
 */
export function elementFromEnvironment(
  env: Environment,
  index: number | undefined,
): Pick<ElementRequest, 'index' | 'attempt' | 'stop_at_ms' | 'settings' | 'helps'> {
  const stopAt = Number(env.COTERIE_STOP_AT)
  const settings = settingsFromEnvironment(env)
  return {
    // A plain job in the place of an array of one has no index.
    index: index ?? whole(env, 'SLURM_ARRAY_TASK_ID') ?? whole(env, 'AWS_BATCH_JOB_ARRAY_INDEX') ?? 0,
    // AWS Batch counts from 1.
    attempt:
      whole(env, 'COTERIE_ATTEMPT') ??
      whole(env, 'SLURM_RESTART_COUNT') ??
      (whole(env, 'AWS_BATCH_JOB_ATTEMPT') ?? 1) - 1,
    helps: env.AWS_BATCH_JOB_NODE_INDEX !== env.AWS_BATCH_JOB_MAIN_NODE_INDEX,
    ...(env.COTERIE_STOP_AT && Number.isFinite(stopAt) ? { stop_at_ms: stopAt * 1000 } : {}),
    ...(settings ? { settings } : {}),
  }
}

/**
 * Where the processes of a training that spans machines meet, in the words of torchrun. AWS Batch tells every
 * machine but the main one where that is.
 */
export function meetingPlace(env: Environment): { readonly [name: string]: string } {
  if (Number(env.AWS_BATCH_JOB_NUM_NODES ?? 1) < 2) return {}
  return {
    NODE_RANK: env.AWS_BATCH_JOB_NODE_INDEX ?? '0',
    MASTER_ADDR: env.AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS ?? 'localhost',
    MASTER_PORT: env.MASTER_PORT ?? '29500',
  }
}

function whole(env: Environment, name: string): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  if (/^\d+$/.test(text)) return Number(text)
  throw new PipelineError({
    code: 'E_USAGE',
    failure: 'usage',
    message: `${name} is not a whole number`,
    found: text,
  })
}
