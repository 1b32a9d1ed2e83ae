import { PipelineError } from '../core/error.js'

/** The scheduler said no; asking again with the same job gives the same answer. */
export function submissionRefused(job: string, answer: string, hint?: string): PipelineError {
  return new PipelineError({
    code: 'E_SUBMIT_REFUSED',
    failure: 'executor',
    message: 'the scheduler refused a job',
    place: job,
    found: answer.trim() || 'no reason given',
    hint:
      hint ??
      'the profile names partition, account and limits; `coterie plan --profile` shows what is asked for',
  })
}

/**
 * The answer was lost: the job may have been accepted, and is looked for by its name before anything is
 * submitted again.
 */
export function submissionUncertain(job: string, answer: string): PipelineError {
  return new PipelineError({
    code: 'E_SUBMIT_UNCERTAIN',
    failure: 'retry',
    message: 'the scheduler did not say whether it took a job',
    place: job,
    found: answer.trim() || 'no answer',
    hint: 'submit again: the job is looked for by its name first',
  })
}

export function schedulerUnreachable(scheduler: string, answer: string): PipelineError {
  return new PipelineError({
    code: 'E_SCHEDULER_UNREACHABLE',
    failure: 'retry',
    message: `${scheduler} does not answer`,
    found: answer.trim() || 'no answer',
    hint: 'jobs under way go on without it; ask again later',
  })
}
