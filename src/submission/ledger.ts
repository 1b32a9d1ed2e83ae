import { mapConcurrently } from '../core/concurrency.js'
import { maxOf } from '../core/extremes.js'
import type { Store } from '../io/store/store.js'
import type { RunBy } from '../runner/owner.js'
import { readMembers } from './array-file.js'
import {
  arraysPrefix,
  cancelledKey,
  jobKey,
  type Mark,
  marksPrefix,
  overKey,
  parseMark,
  refusedKey,
  tryKey,
} from './layout.js'
import type { Submission, SubmissionArray } from './submission.js'
import { ownSubmissions } from './submissions.js'

/** An array with everything that the store holds about it. */
export interface LedgerArray extends SubmissionArray {
  readonly submission: Submission
  /** The scheduler's id; undefined until it is known. */
  readonly job: string | undefined
  /** Why the scheduler refused it. */
  readonly refused: string | undefined
  /**
   * When it was cancelled, by the clock of the store; elements that ended around that time ended because of
   * it.
   */
  readonly cancelled_ms: number | undefined
  /** The attempts to submit it: whether the scheduler has certainly not accepted it. */
  readonly tries: readonly { readonly over: boolean }[]
  readonly members: readonly (readonly string[])[]
  readonly marks: readonly Mark[]
}

export interface Ledger {
  /** Number of the next submission. */
  readonly next: number
  /** Oldest first. */
  readonly arrays: readonly LedgerArray[]
}

/** Reads what a user submitted for a manifest, from any host, and the submissions in `also`. */
export async function readLedger(
  store: Store,
  by: RunBy,
  name: string,
  also: readonly Submission[] = [],
): Promise<Ledger> {
  const own = await ownSubmissions(store, by, name)
  const known = new Set(own.map(({ id }) => id))
  return ledgerOf(store, [...also.filter(({ id }) => !known.has(id)), ...own])
}

/** Reads everything about these submissions: two listings for each, and a few objects per array. */
export async function ledgerOf(store: Store, submissions: readonly Submission[]): Promise<Ledger> {
  // Submissions of an earlier version share a folder.
  const folders = [...new Set(submissions.map(({ folder }) => folder))]
  const known = new Map(
    await mapConcurrently(folders, 8, async (folder) => {
      const [keys, marks] = await Promise.all([readKeys(store, folder), readMarks(store, folder)])
      return [folder, { keys, marks }] as const
    }),
  )
  const arrays = submissions.flatMap((submission) =>
    submission.arrays.map((array) => ({ submission, array })),
  )
  return {
    next:
      maxOf(
        submissions.flatMap(({ number, manifest }) => (manifest === null ? [] : [number])),
        -1,
      ) + 1,
    arrays: await mapConcurrently(arrays, 16, async ({ submission, array }): Promise<LedgerArray> => {
      const { folder } = submission
      const { keys, marks } = known.get(folder)!
      const read = async (key: string) =>
        keys.has(key) ? new TextDecoder().decode(await store.read(key)).trim() : undefined
      const [job, refused, members] = await Promise.all([
        read(jobKey(folder, array.name)),
        read(refusedKey(folder, array.name)),
        readMembers(store, folder, array.name),
      ])
      return {
        ...array,
        submission,
        job,
        refused,
        cancelled_ms: keys.get(cancelledKey(folder, array.name)),
        tries: triesOf(folder, array.name, keys),
        members,
        marks: marks.get(array.name) ?? [],
      }
    }),
  }
}

/** Marks by array. */
export async function readMarks(store: Store, folder: string): Promise<Map<string, Mark[]>> {
  const marks = new Map<string, Mark[]>()
  for await (const object of store.list(marksPrefix(folder))) {
    const found = parseMark(folder, object)
    if (!found) continue
    const list = marks.get(found.array)
    if (list) list.push(found.mark)
    else marks.set(found.array, [found.mark])
  }
  return marks
}

/** Keys with the time of their creation, by the clock of the store. */
async function readKeys(store: Store, folder: string): Promise<Map<string, number>> {
  const keys = new Map<string, number>()
  for await (const { key, modified_ms } of store.list(arraysPrefix(folder))) keys.set(key, modified_ms)
  return keys
}

function triesOf(folder: string, name: string, keys: ReadonlyMap<string, unknown>): LedgerArray['tries'] {
  const tries: { over: boolean }[] = []
  while (keys.has(tryKey(folder, name, tries.length)))
    tries.push({ over: keys.has(overKey(folder, name, tries.length)) })
  return tries
}
