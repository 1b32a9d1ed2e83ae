import { backoff } from '../../core/backoff.js'
import type { Clock } from '../../core/clock.js'
import { credentialsExpired, saysExpired } from '../../core/expired-credentials.js'
import { PipelineError } from '../../core/error.js'
import { schedulerUnreachable, submissionRefused, submissionUncertain } from '../errors.js'

/** An error of the SDK, as far as it matters here. */
interface ServiceError extends Error {
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const waitAfter = backoff({ first_ms: 250, max_ms: 20_000, jitter: 'half' })

/**
 * Sends a request until it is answered or `seconds` have passed; back-off doubles, with jitter, so that
 * many submitters do not retry in step. The SDK's own retries are switched off, since they would also
 * repeat a submission whose answer was lost.
 */
export async function asking<T>(
  ask: () => Promise<T>,
  { clock, seconds }: { clock: Clock; seconds: number },
): Promise<T> {
  return repeating(ask, {
    clock,
    seconds,
    isRetryable: (error) => isThrottled(error) || isServerSide(error),
    toError: unanswered,
  })
}

/** Submits once: retries only what the service has certainly not processed. */
export async function submitting<T>(
  job: string,
  ask: () => Promise<T>,
  { clock, seconds }: { clock: Clock; seconds: number },
): Promise<T> {
  return repeating(ask, {
    clock,
    seconds,
    isRetryable: (error) => isThrottled(error) || neverReached(error),
    toError: (error) => {
      if (isServerSide(error) && !neverReached(error)) return submissionUncertain(job, describe(error))
      return isThrottled(error) || neverReached(error) || isClientSide(error) || saysExpired(error)
        ? unanswered(error)
        : submissionRefused(job, describe(error))
    },
  })
}

async function repeating<T>(
  ask: () => Promise<T>,
  {
    clock,
    seconds,
    isRetryable,
    toError,
  }: {
    clock: Clock
    seconds: number
    isRetryable: (error: ServiceError) => boolean
    toError: (error: ServiceError) => Error
  },
): Promise<T> {
  const until = clock.monotonic() + seconds * 1000
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (thrown) {
      const error = thrown as ServiceError
      const pause = waitAfter(attempt)
      if (!isRetryable(error) || clock.monotonic() + pause >= until) throw toError(error)
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

/** The service failed, or may have: the connection broke before there was an answer. */
function isServerSide({ name, code, $metadata }: ServiceError): boolean {
  const status = $metadata?.httpStatusCode
  return status === undefined ? name === 'TimeoutError' || (code ?? '').startsWith('E') : status >= 500
}

/** Never sent: no credentials, no region. */
function isClientSide(error: ServiceError): boolean {
  return error.$metadata?.httpStatusCode === undefined && !isServerSide(error)
}

function unanswered(error: ServiceError): PipelineError {
  if (saysExpired(error)) return credentialsExpired('AWS Batch', describe(error))
  if (isThrottled(error) || isServerSide(error)) return schedulerUnreachable('AWS Batch', describe(error))
  return new PipelineError({
    code: 'E_SCHEDULER_REFUSED',
    failure: 'executor',
    message: 'AWS Batch rejected a request, or it could not be sent',
    found: describe(error),
    hint: isClientSide(error)
      ? 'credentials and region come from the profile or from the usual AWS environment'
      : 'the submitting user needs the policy `submitter` in infra/terraform/modules/identity',
  })
}

function describe(error: ServiceError): string {
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
}
