import { backoff } from '../../core/backoff.js'
import type { Clock } from '../../core/clock.js'
import { PipelineError } from '../../core/error.js'
import { schedulerUnreachable, submissionRefused, submissionUncertain } from '../errors.js'

/** An error of the SDK, as far as it matters here. */
interface ServiceError extends Error {
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const waitAfter = backoff({ first_ms: 250, max_ms: 20_000, jitter: 'half' })

/**
 * Asks until there is an answer or `seconds` are over; waits double, with jitter, so that many submitters do
 * not ask in step. The SDK's own repetition is switched off, since it would also repeat a submission whose
 * answer was lost.
 */
export async function asking<T>(
  ask: () => Promise<T>,
  { clock, seconds }: { clock: Clock; seconds: number },
): Promise<T> {
  return repeating(ask, {
    clock,
    seconds,
    again: (error) => isThrottled(error) || isServerSide(error),
    otherwise: unanswered,
  })
}

/** Submits once: only what the service has surely refused to look at is asked again. */
export async function submitting<T>(
  job: string,
  ask: () => Promise<T>,
  { clock, seconds }: { clock: Clock; seconds: number },
): Promise<T> {
  return repeating(ask, {
    clock,
    seconds,
    again: (error) => isThrottled(error) || neverReached(error),
    otherwise: (error) => {
      if (isServerSide(error) && !neverReached(error)) return submissionUncertain(job, words(error))
      return isThrottled(error) || neverReached(error) || isOwn(error)
        ? unanswered(error)
        : submissionRefused(job, words(error))
    },
  })
}

async function repeating<T>(
  ask: () => Promise<T>,
  {
    clock,
    seconds,
    again,
    otherwise,
  }: {
    clock: Clock
    seconds: number
    again: (error: ServiceError) => boolean
    otherwise: (error: ServiceError) => Error
  },
): Promise<T> {
  const until = clock.monotonic() + seconds * 1000
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (thrown) {
      const error = thrown as ServiceError
      const pause = waitAfter(attempt)
      if (!again(error) || clock.monotonic() + pause >= until) throw otherwise(error)
      await clock.sleep(pause)
    }
  }
}

function isThrottled({ name, $metadata }: ServiceError): boolean {
  return $metadata?.httpStatusCode === 429 || /Throttl|TooManyRequests|RequestLimitExceeded/.test(name)
}

/** No connection was made, so nothing was submitted. */
function neverReached({ code }: ServiceError): boolean {
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN'
}

/** The service failed, or nobody knows whether it did: the connection broke before there was an answer. */
function isServerSide({ name, code, $metadata }: ServiceError): boolean {
  const status = $metadata?.httpStatusCode
  return status === undefined ? name === 'TimeoutError' || (code ?? '').startsWith('E') : status >= 500
}

/** Never sent: no credentials, no region. */
function isOwn(error: ServiceError): boolean {
  return error.$metadata?.httpStatusCode === undefined && !isServerSide(error)
}

function unanswered(error: ServiceError): PipelineError {
  if (isThrottled(error) || isServerSide(error)) return schedulerUnreachable('AWS Batch', words(error))
  return new PipelineError({
    code: 'E_SCHEDULER_REFUSED',
    failure: 'executor',
    message: 'AWS Batch did not accept a request',
    found: words(error),
    hint: isOwn(error)
      ? 'credentials and region come from the profile or from the usual AWS environment'
      : 'whoever submits needs the rights of the policy `submitter` in infra/terraform/modules/identity',
  })
}

function words(error: ServiceError): string {
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
}
