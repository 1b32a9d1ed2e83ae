/**
 * Errors that go away without a change: tasks that end with one are repeated. By code, what has to pass.
 * Errors with other codes are the same the next time, or need a person.
 */
export const temporaryCodes = {
  E_STORE_UNAVAILABLE: 'the server is overloaded or failing',
  E_STORE_UNREACHABLE: 'the network, or the server, is down',
  E_STORE_BUSY: 'the server is less busy',
  E_CONNECTION_LOST: 'the network is reliable enough to read an object',
  E_FILE_SERVER: 'a file server gave up a file, or does not answer',
  E_CREDENTIALS_EXPIRED: 'somebody renews the credentials',
  E_QUEUE_LIMIT: 'other jobs end',
  E_SCHEDULER_UNREACHABLE: 'the scheduler answers again',
  E_SUBMIT_UNCERTAIN: 'the scheduler shows whether it took the job',
} as const

/** Codes of what was stopped before its end: it continues when it is run again, not by itself. */
export const stoppedCodes: ReadonlySet<string> = new Set(['E_STOPPED', 'E_OUT_OF_TIME', 'E_SUPERSEDED'])

export function isTemporary(code: string): boolean {
  return Object.hasOwn(temporaryCodes, code)
}
