import { PipelineError } from '../../../core/error.js'
import { saysExpired } from '../../../core/expired-credentials.js'
import { notFound } from '../errors.js'

/**
 * What a failed request means. `again`: retryable; the outcome of a write is unknown. `slow_down`: the
 * same, and the server is overloaded. `conflict`: two conditional writes collided (409), nothing was
 * written.
 */
export type Verdict = 'again' | 'slow_down' | 'conflict' | 'precondition' | 'absent' | 'range' | 'final'

interface ServiceFailure {
  readonly name?: string
  readonly Code?: string
  readonly message?: string
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

const networkCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  'ENOTFOUND',
])

/** Names that mean "try again" although their status may be 400. */
const transientNames = new Set([
  'RequestTimeout',
  'TimeoutError',
  'InternalError',
  'BadDigest',
  'IncompleteBody',
  'XAmzContentSHA256Mismatch',
  'AbortError',
])
const absentNames = new Set([
  'NoSuchKey',
  'NoSuchUpload',
  'NoSuchVersion',
  'NotFound',
  'Unknown',
  'UnknownError',
])
const throttlingNames = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
])

export function verdictOf(error: unknown): Verdict {
  if (error instanceof PipelineError) return 'final'
  const failure = (error ?? {}) as ServiceFailure
  const status = failure.$metadata?.httpStatusCode
  const name = nameOf(failure)
  if (throttlingNames.has(name) || status === 503 || status === 429) return 'slow_down'
  if (name === 'RequestTimeTooSkewed') return failure.$metadata?.clockSkewCorrected ? 'again' : 'final'
  if (transientNames.has(name)) return 'again'
  if (status === 412 || name === 'PreconditionFailed') return 'precondition'
  if (status === 409) return name === 'BucketAlreadyExists' ? 'final' : 'conflict'
  if (status === 416 || name === 'InvalidRange') return 'range'
  // Some servers answer 404 to unknown access keys too.
  if (status === 404 && absentNames.has(name)) return 'absent'
  if (status !== undefined && status >= 500) return status === 501 ? 'final' : 'again'
  if (failure.code !== undefined && networkCodes.has(failure.code)) return 'again'
  if (
    /socket hang up|aborted|premature|other side closed/i.test(failure.message ?? '') &&
    (status === undefined || status < 300)
  )
    return 'again'
  // The response was truncated or garbled, so the SDK could not read it.
  if (status !== undefined && status < 300) return 'again'
  return 'final'
}

/** Seconds the server asked to wait. */
export function retryAfter(error: unknown): number | undefined {
  const seconds = Number((error as ServiceFailure | undefined)?.$response?.headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}

/** Whether new credentials could help. */
export function isExpired(error: unknown): boolean {
  const failure = (error ?? {}) as ServiceFailure
  return saysExpired({ name: nameOf(failure), message: failure.message })
}

/** Whether the endpoint is unreachable, as opposed to an overloaded or failing server. */
export function isUnreachable(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'].includes(
    (error as ServiceFailure).code ?? '',
  )
}

/** Turns a failed request into an error with a readable message. */
export function named(error: unknown, uri: string, action: string): PipelineError {
  if (error instanceof PipelineError) return error
  const failure = (error ?? {}) as ServiceFailure
  const status = failure.$metadata?.httpStatusCode
  const name = nameOf(failure)
  const said = failure.message && failure.message !== name ? `: ${failure.message.slice(0, 300)}` : ''
  const found = `${name}${status === undefined ? '' : ` (HTTP ${status})`}${said}`
  const answer = answerOf(error, name, status)
  if (answer === 'absent') return notFound(uri)
  if (!answer) return PipelineError.from(error)
  const { code, message, hint, again } = answer
  const failing = again ? ('retry' as const) : ('stage' as const)
  return new PipelineError({
    code,
    failure: failing,
    message: `${action}: ${message}`,
    place: uri,
    found,
    hint,
    cause: error,
  })
}

interface Answer {
  readonly code: string
  readonly message: string
  readonly hint: string
  /** Whether it may be temporary, so that a retry can succeed. */
  readonly again?: boolean
}

function answerOf(error: unknown, name: string, status: number | undefined): Answer | 'absent' | undefined {
  const verdict = verdictOf(error)
  if (isExpired(error)) return answers.expired
  if (name === 'CredentialsProviderError' || name === 'CredentialsError') return answers.credentials
  if (name === 'NoSuchBucket') return answers.bucket
  if (name === 'RequestTimeTooSkewed') return answers.skew
  if (status === 301 || name === 'PermanentRedirect') return answers.region
  if (status === 401 || status === 403 || name === 'InvalidAccessKeyId') return answers.denied
  if (verdict === 'absent') return 'absent'
  if (verdict === 'slow_down') return answers.busy
  if (isUnreachable(error)) return answers.unreachable
  if (verdict === 'again') return answers.unavailable
  return status === undefined ? undefined : answers.refused
}

const answers = {
  expired: {
    code: 'E_CREDENTIALS_EXPIRED',
    message: 'the credentials have expired',
    hint: 'renew them and run again; what was committed is kept',
    again: true,
  },
  credentials: {
    code: 'E_NO_CREDENTIALS',
    message: 'no AWS credentials were found',
    hint:
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, ' +
      'or credentials_profile in the profile',
  },
  bucket: {
    code: 'E_NO_BUCKET',
    message: 'there is no such bucket',
    hint: 'check its name, and that the profile points to the right endpoint and region',
  },
  skew: {
    code: 'E_CLOCK_SKEW',
    message: "this machine's clock differs too much from the server's",
    hint: 'set the clock (NTP) and run again',
    again: true,
  },
  region: {
    code: 'E_WRONG_REGION',
    message: 'the bucket is in another region',
    hint: 'set s3.region in the profile',
  },
  denied: {
    code: 'E_ACCESS_DENIED',
    message: 'the server refused the request',
    hint: 'check the credentials, and that their policy allows this on this prefix',
  },
  busy: {
    code: 'E_STORE_BUSY',
    message: 'the server kept asking to slow down',
    hint: 'run again later, or lower max_connections in the profile',
    again: true,
  },
  unreachable: {
    code: 'E_STORE_UNREACHABLE',
    message: 'the endpoint is unreachable',
    hint: 'check the endpoint in the profile and the network',
    again: true,
  },
  unavailable: {
    code: 'E_STORE_UNAVAILABLE',
    message: 'the server did not return a valid response',
    hint: 'run again; what was committed is kept',
    again: true,
  },
  refused: {
    code: 'E_STORE_REFUSED',
    message: 'the server refused the request',
    hint: "`found` is the server's own message",
  },
} satisfies Record<string, Answer>

function nameOf(failure: ServiceFailure): string {
  const name =
    failure.name === 'Error' || failure.name === undefined
      ? (failure.Code ?? failure.code ?? failure.name)
      : failure.name
  return name ?? 'Error'
}
