import type { JobStatus } from '@aws-sdk/client-batch'
import type { Cause, ElementState } from '../scheduler.js'

/** The reason that `cancel` states, by which a cancelled job is recognised. */
export const cancelReason = 'Cancelled by coterie'

/** What AWS Batch reports about a job or a child, in a description or a list. */
export interface JobReport {
  readonly status?: JobStatus | undefined
  readonly statusReason?: string | undefined
  readonly container?:
    | { readonly exitCode?: number | undefined; readonly reason?: string | undefined }
    | undefined
}

export const waiting = ['SUBMITTED', 'PENDING', 'RUNNABLE'] as const satisfies readonly JobStatus[]
export const active = ['STARTING', 'RUNNING'] as const satisfies readonly JobStatus[]

export function elementState({ status, statusReason, container }: JobReport): ElementState | undefined {
  switch (status) {
    case 'SUBMITTED':
    case 'PENDING':
    case 'RUNNABLE':
      return {
        state: 'pending',
        ...detailed(statusReason),
        ...(statusReason ? { waits: statusReason } : {}),
      }
    case 'STARTING':
    case 'RUNNING':
      return { state: 'running' }
    case 'SUCCEEDED':
      return { state: 'succeeded', exit_code: 0 }
    case 'FAILED':
      return {
        ...failed(statusReason ?? '', container?.reason ?? '', container?.exitCode),
        ...detailed([statusReason, container?.reason].filter((one) => one).join('; ')),
      }
    default:
      return undefined
  }
}

/**
 * Matches the reasons that the service states:
 * https://docs.aws.amazon.com/batch/latest/userguide/job_states.html and its troubleshooting pages.
 */
function failed(reason: string, containerReason: string, code: number | undefined): ElementState {
  const exit = code === undefined ? {} : { exit_code: code }
  if (reason.startsWith('Host EC2')) return { state: 'lost', cause: 'preempted', ...exit }
  if (reason.startsWith(cancelReason)) return { state: 'cancelled', cause: 'cancelled', ...exit }
  if (reason.startsWith('Dependent Job failed')) return { state: 'cancelled', cause: 'dependency' }
  if (/exceeded timeout/i.test(reason)) return { state: 'failed', cause: 'time_limit', ...exit }
  if (containerReason.startsWith('OutOfMemory')) return { state: 'failed', cause: 'out_of_memory', ...exit }
  if (code === undefined) return { state: 'failed' }
  const cause: Cause = code > 128 ? 'signal' : 'exit'
  return { state: 'failed', cause, exit_code: code }
}

function detailed(text: string | undefined): { detail?: string } {
  return text ? { detail: text } : {}
}
