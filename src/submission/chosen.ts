import type { RunBy } from '../runner/owner.js'
import type { Ledger, LedgerArray } from './ledger.js'

/** Whether nothing of an array can be active: every task is done, or it was cancelled or refused. */
export function isOver(array: LedgerArray, done: ReadonlySet<string>): boolean {
  return (
    array.cancelled_ms !== undefined ||
    array.refused !== undefined ||
    array.members.every((element) => element.every((id) => done.has(id)))
  )
}

/**
 * What commands take to be the run of this manifest, out of what its user submitted: if several hosts have
 * something that is not over, only what this host submitted. Another machine may have another manifest under
 * the same path.
 */
export function ofThisHost(ledger: Ledger, { host }: RunBy, done: ReadonlySet<string>): Ledger {
  const hosts = new Set(
    ledger.arrays
      .filter((array) => array.submission.manifest !== null && !isOver(array, done))
      .map(({ submission }) => submission.host),
  )
  if (hosts.size <= 1) return ledger
  return { ...ledger, arrays: ledger.arrays.filter(({ submission }) => submission.host === host) }
}
