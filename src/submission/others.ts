import { mapConcurrently } from '../core/concurrency.js'
import type { Clock } from '../core/clock.js'
import { PipelineError } from '../core/error.js'
import type { Store } from '../io/store/store.js'
import { finishedTasks } from '../runner/finished-tasks.js'
import { isOver } from './chosen.js'
import { type LedgerArray, ledgerOf } from './ledger.js'
import type { Submission } from './submission.js'
import { allSubmissions } from './submissions.js'

/** A submission as people see it. */
export interface ListedSubmission {
  readonly id: string
  /** When it was made, ISO 8601. */
  readonly time: string
  /** `name` of the manifest. */
  readonly name: string
  /** Absolute path of the manifest on that host; null if an earlier version made the submission. */
  readonly manifest: string | null
  readonly user: string
  readonly host: string
  readonly scheduler: string
}

export function listedSubmission(submission: Submission): ListedSubmission {
  const { id, created_ms, name, manifest, user, host, scheduler } = submission
  return { id, time: new Date(created_ms).toISOString(), name, manifest, user, host, scheduler }
}

const maxListed = 20
const maxAge_ms = 30 * 86_400_000

/** The newest submissions that are not over and not among those that a command is about. */
export async function otherSubmissions(
  store: Store,
  shown: ReadonlySet<string>,
  clock: Clock,
): Promise<ListedSubmission[]> {
  const candidates = (await allSubmissions(store))
    .filter(({ id, created_ms }) => !shown.has(id) && clock.now() - created_ms < maxAge_ms)
    .slice(-maxListed)
  if (candidates.length === 0) return []
  const ledgers = await mapConcurrently(candidates, 4, async (submission) =>
    // What cannot be read may be active.
    ledgerOf(store, [submission]).catch(() => undefined),
  )
  const done = await doneOf(
    store,
    ledgers.flatMap((ledger) => ledger?.arrays ?? []),
  )
  const open = new Set(
    candidates.flatMap(({ id }, index) =>
      ledgers[index]?.arrays.every((array) => isOver(array, done)) ? [] : [id],
    ),
  )
  return candidates.filter(({ id }) => open.has(id)).map(listedSubmission)
}

/** Fingerprints of finished tasks of the stages that these arrays run. */
export function doneOf(store: Store, arrays: readonly LedgerArray[]): Promise<Set<string>> {
  // Earlier versions noted only the node, which has the name of its stage in the built-in pipelines.
  return finishedTasks(store, { stages: arrays.map(({ node, stage = node }) => ({ stage })) })
}

/**
 * Throws `E_OTHER_SUBMISSIONS`: nothing was submitted for this manifest by this user and host, but others
 * have jobs in the store, and nobody asks which are meant.
 */
export function refuseOthers(others: readonly ListedSubmission[], path: string): void {
  if (others.length === 0) return
  throw new PipelineError({
    code: 'E_OTHER_SUBMISSIONS',
    failure: 'usage',
    message: 'the store has submissions, but none of this manifest, user and host',
    place: path,
    found: others.map(words).join('; '),
    hint: 'name the submission that is meant: --id ID',
  })
}

function words({ id, manifest, name, user, host, time }: ListedSubmission): string {
  const what = manifest ?? `${name} (by an earlier version)`
  return `${id} of ${what} by ${user}@${host}, ${time.slice(0, 16).replace('T', ' ')}`
}
