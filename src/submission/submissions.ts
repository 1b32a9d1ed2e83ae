import { mapConcurrently } from '../core/concurrency.js'
import { PipelineError } from '../core/error.js'
import { readIfThere } from '../io/store/read-if-there.js'
import type { Store } from '../io/store/store.js'
import { keyOfManifest } from '../runner/owner.js'
import type { RunBy } from '../runner/owner.js'
import { ownPrefix, submissionKey, submissionsPrefix } from './layout.js'
import { encodeSubmission, parseEarlier, parseSubmission, type Submission } from './submission.js'

/**
 * The submissions of a manifest by a user, from any host, oldest first. Earlier versions did not note the
 * path: theirs count if name and user are the same.
 */
export async function ownSubmissions(store: Store, by: RunBy, name: string): Promise<Submission[]> {
  const earlier = await readBelow(store, `_jobs/${name}/submissions/`)
  const own = await readBelow(store, ownPrefix(keyOfManifest(by)))
  // Numbers, unlike clocks, agree on the order.
  return [earlier.filter(({ user }) => user === by.user), own].flatMap((list) =>
    list.toSorted((a, b) => a.number - b.number),
  )
}

/**
 * All submissions of a store that can be read, oldest first. What a later version or a damaged disk wrote for
 * others must not keep anybody from their own.
 */
export async function allSubmissions(store: Store): Promise<Submission[]> {
  const earlier = new Set<string>()
  // Arrays have many keys, and the folders of a store cannot be listed alone.
  for await (const { key } of store.list('_jobs/')) {
    const folder = /^(_jobs\/[^/]+\/submissions\/)\d+\.json$/.exec(key)?.[1]
    if (folder !== undefined) earlier.add(folder)
  }
  const found = await mapConcurrently([...earlier, submissionsPrefix], 4, (prefix) =>
    readBelow(store, prefix, true),
  )
  return found.flat().toSorted(byAge)
}

/** The submissions that these ids, or beginnings of ids, name. Throws `E_UNKNOWN_SUBMISSION`. */
export async function submissionsNamed(store: Store, ids: readonly string[]): Promise<Submission[]> {
  const all = await allSubmissions(store)
  const named = ids.map((id) => {
    const found = all.filter((submission) => submission.id.startsWith(id))
    if (found.length === 1 && found[0] && id !== '') return found[0]
    throw new PipelineError({
      code: 'E_UNKNOWN_SUBMISSION',
      failure: 'usage',
      message: found.length === 0 ? `there is no submission ${id}` : `${id} begins more than one id`,
      place: store.uri,
      expected: all.map((submission) => submission.id).join(', ') || 'none: nothing was submitted',
    })
  })
  return [...new Set(named)].toSorted(byAge)
}

/** Create-once. False if another submitter took the number first. */
export async function createSubmission(store: Store, by: RunBy, submission: Submission): Promise<boolean> {
  const key = submissionKey(keyOfManifest(by), submission.number)
  return (await store.create(key, encodeSubmission(submission))) === 'created'
}

async function readBelow(store: Store, prefix: string, skipUnreadable = false): Promise<Submission[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  const read = await mapConcurrently(keys, 16, async (key) => {
    const bytes = await readIfThere(store, key)
    if (!bytes) return []
    const place = `${store.uri}/${key}`
    const name = key.startsWith(submissionsPrefix) ? undefined : key.split('/')[1]
    try {
      return [name === undefined ? parseSubmission(bytes, place) : parseEarlier(bytes, place, name)]
    } catch (error) {
      if (skipUnreadable) return []
      throw error
    }
  })
  return read.flat()
}

function byAge(a: Submission, b: Submission): number {
  return a.created_ms - b.created_ms || a.number - b.number
}
