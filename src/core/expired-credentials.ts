import { PipelineError } from './error.js'

const expired = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired'])
/** Raised before a request is sent, for instance because a single sign-on session has ended. */
const provided = new Set(['CredentialsProviderError', 'TokenProviderError'])

/** Whether an error of AWS says that credentials have expired, so that new ones would help. */
export function saysExpired({
  name,
  message,
}: {
  readonly name?: string | undefined
  readonly message?: string | undefined
}): boolean {
  if (name === undefined) return false
  return expired.has(name) || (provided.has(name) && /expired/i.test(message ?? ''))
}

/** `E_CREDENTIALS_EXPIRED`, which goes away as soon as somebody renews the credentials. */
export function credentialsExpired(service: string, answer: string): PipelineError {
  return new PipelineError({
    code: 'E_CREDENTIALS_EXPIRED',
    failure: 'retry',
    message: `the credentials for ${service} have expired`,
    found: answer,
    hint: 'renew them (`aws sso login`, or the credentials file); jobs that were submitted are not affected',
  })
}
