import { parseJson } from '../core/parse-json.js'
import {
  either,
  list,
  number,
  object,
  oneOf,
  optional,
  text as textShape,
  type Shape,
} from '../core/shape.js'
import { mapConcurrently } from '../core/concurrency.js'
import { PipelineError } from '../core/error.js'
import { maxOf } from '../core/extremes.js'
import type { Store } from '../io/store/store.js'
import type { Resources } from '../schedulers/scheduler.js'
import { readMembers } from './array-file.js'
import {
  arrayPrefix,
  cancelledKey,
  jobKey,
  type Mark,
  marksPrefix,
  parseMark,
  refusedKey,
  submissionKey,
  submissionsPrefix,
} from './layout.js'

/** Arrays that are submitted together; written create-once before the first of them is submitted. */
export interface Submission {
  readonly format: 1
  readonly number: number
  readonly created_ms: number
  /** `user@host`, for people. */
  readonly by: string
  readonly scheduler: string
  readonly arrays: readonly SubmissionArray[]
}

export interface SubmissionArray {
  readonly name: string
  readonly node: string
  readonly size: number
  readonly tasks: number
  readonly resources: Resources
  readonly after: readonly (
    | { readonly array: string; readonly kind: 'all' | 'each' }
    | { readonly job: string; readonly size: number; readonly kind: 'all' | 'ended' }
  )[]
}

const submissionShape: Shape<Submission> = object({
  format: oneOf(1),
  number,
  created_ms: number,
  by: textShape,
  scheduler: textShape,
  arrays: list(
    object<SubmissionArray>({
      name: textShape,
      node: textShape,
      size: number,
      tasks: number,
      resources: object<Resources>({
        cpus: number,
        memory_bytes: number,
        seconds: number,
        gpus: number,
        nodes: number,
        queue: optional(textShape),
        running: optional(number),
      }),
      after: list(
        either<SubmissionArray['after'][number]>(
          object({ array: textShape, kind: oneOf('all', 'each') }),
          object({ job: textShape, size: number, kind: oneOf('all', 'ended') }),
        ),
      ),
    }),
  ),
})

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
  /** Keys of the attempts to submit it. */
  readonly tries: readonly string[]
  readonly members: readonly (readonly string[])[]
  readonly marks: readonly Mark[]
}

export interface Ledger {
  /** Number of the next submission. */
  readonly next: number
  /** Oldest first. */
  readonly arrays: readonly LedgerArray[]
}

/** Reads all submissions of a run from the store: a few listings, and a few objects per array. */
export async function readLedger(store: Store, manifest: string): Promise<Ledger> {
  const submissions: Submission[] = []
  for await (const { key } of store.list(submissionsPrefix(manifest)))
    submissions.push(parse(await text(store, key), key))
  if (submissions.length === 0) return { next: 0, arrays: [] }
  const marks = await readMarks(store, manifest)
  const known = await readKeys(store, manifest)
  const tries = triesIn(known.keys())
  const arrays = submissions.flatMap((submission) =>
    submission.arrays.map((array) => ({ submission, array })),
  )
  return {
    next:
      maxOf(
        submissions.map(({ number }) => number),
        0,
      ) + 1,
    arrays: await mapConcurrently(arrays, 16, async ({ submission, array }): Promise<LedgerArray> => {
      const read = (key: string) => (known.has(key) ? text(store, key) : Promise.resolve(undefined))
      const [job, refused, members] = await Promise.all([
        read(jobKey(manifest, array.name)),
        read(refusedKey(manifest, array.name)),
        readMembers(store, manifest, array.name),
      ])
      return {
        ...array,
        submission,
        job: job?.trim(),
        refused: refused?.trim(),
        cancelled_ms: known.get(cancelledKey(manifest, array.name)),
        tries: tries.get(arrayPrefix(manifest, array.name)) ?? [],
        members,
        marks: marks.get(array.name) ?? [],
      }
    }),
  }
}

export async function readMarks(store: Store, manifest: string): Promise<Map<string, Mark[]>> {
  const marks = new Map<string, Mark[]>()
  for await (const object of store.list(marksPrefix(manifest))) {
    const found = parseMark(manifest, object)
    if (!found) continue
    const list = marks.get(found.array)
    if (list) list.push(found.mark)
    else marks.set(found.array, [found.mark])
  }
  return marks
}

/** Create-once. False if another submitter took the number first. */
export async function createSubmission(
  store: Store,
  manifest: string,
  submission: Submission,
): Promise<boolean> {
  const outcome = await store.create(
    submissionKey(manifest, submission.number),
    Buffer.from(`${JSON.stringify(submission, undefined, 2)}\n`),
  )
  return outcome === 'created'
}

/** Keys with the time of their creation, by the clock of the store. */
async function readKeys(store: Store, manifest: string): Promise<Map<string, number>> {
  const keys = new Map<string, number>()
  for await (const { key, modified_ms } of store.list(`_jobs/${manifest}/arrays/`)) keys.set(key, modified_ms)
  return keys
}

/** Folder of an array → keys of the attempts to submit it. */
function triesIn(keys: Iterable<string>): Map<string, string[]> {
  const tries = new Map<string, string[]>()
  for (const key of keys) {
    const at = key.lastIndexOf('/') + 1
    if (!key.startsWith('try-', at)) continue
    const folder = key.slice(0, at)
    const list = tries.get(folder)
    if (list) list.push(key)
    else tries.set(folder, [key])
  }
  return tries
}

function parse(json: string, key: string): Submission {
  try {
    return parseJson(json, key, submissionShape)
  } catch (error) {
    const { expected, found, message } = PipelineError.from(error)
    throw new PipelineError({
      code: 'E_SUBMISSION',
      failure: 'executor',
      message: `a submission cannot be read: ${message}`,
      place: key,
      expected,
      found,
    })
  }
}

async function text(store: Store, key: string): Promise<string> {
  return new TextDecoder().decode(await store.read(key))
}
