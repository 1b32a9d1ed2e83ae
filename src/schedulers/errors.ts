import { PipelineError } from '../core/error.js'

/** The scheduler refused a job, and would refuse it again. */
export function submissionRefused(job: string, answer: string, hint?: string): PipelineError {
  return new PipelineError({
    code: 'E_SUBMIT_REFUSED',
    failure: 'executor',
    message: 'the scheduler refused a job',
    place: job,
    found: answer.trim() || 'no reason given',
    hint:
      hint ??
      'check partition, account and limits in the profile; `coterie plan --profile` shows the resources',
  })
}

/**
 * The answer was lost: the job may have been accepted, and is looked up by its name before it is submitted
 * again.
 */
export function submissionUncertain(job: string, answer: string): PipelineError {
  return new PipelineError({
    code: 'E_SUBMIT_UNCERTAIN',
    failure: 'retry',
    message: 'the scheduler did not confirm a job',
    place: job,
    found: answer.trim() || 'no answer',
    hint: 'submit again: the job is first looked up by its name',
  })
}

/** A limit on the number of queued jobs: the job was not accepted, and will be once others have ended. */
export function queueFull(job: string, answer: string): PipelineError {
  return new PipelineError({
    code: 'E_QUEUE_LIMIT',
    failure: 'retry',
    message: 'the scheduler accepts no more jobs for now',
    place: job,
    found: answer.trim() || 'no reason given',
    hint:
      'submit again when jobs have ended (`coterie run` does so by itself), ' +
      'or raise `jobs.element_minutes` in the profile: fewer jobs',
  })
}

export function schedulerUnreachable(scheduler: string, answer: string): PipelineError {
  return new PipelineError({
    code: 'E_SCHEDULER_UNREACHABLE',
    failure: 'retry',
    message: `${scheduler} does not answer`,
    found: answer.trim() || 'no answer',
    hint: 'running jobs are not affected; try again later',
  })
}
