/**
 * Keys of submissions in a store. Everything under `_jobs/` is create-once. Marks of running elements are
 * under `_live/`, with their state in the key, so that one listing shows the state of a run.
 */
export const submissionsPrefix = (manifest: string) => `_jobs/${manifest}/submissions/`
export const submissionKey = (manifest: string, number: number) =>
  `${submissionsPrefix(manifest)}${String(number).padStart(6, '0')}.json`
export const arrayPrefix = (manifest: string, name: string) => `_jobs/${manifest}/arrays/${name}/`
/** What all elements of the array share. */
export const arrayKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}array.json`
/** One line per element: its tasks. */
export const tasksKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}tasks.jsonl`
/** The offset of each of these lines, in lines of equal length. */
export const offsetsKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}offsets.txt`
/** One line per element: fingerprints of its tasks. */
export const membersKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}members.txt`
/** Created by a submitter before it submits the array. */
export const tryKey = (manifest: string, name: string, count: number) =>
  `${arrayPrefix(manifest, name)}try-${count}`
/** The scheduler's id of the job. */
export const jobKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}job`
/** Why the scheduler refused the array. */
export const refusedKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}refused`
export const cancelledKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}cancelled`

export const marksPrefix = (manifest: string) => `_live/jobs/${manifest}/`
export const markKey = (manifest: string, array: string, { index, attempt, state }: Omit<Mark, 'seen_ms'>) =>
  `${marksPrefix(manifest)}${array}/${index}-${attempt}-${state}`
export const claimKey = (fingerprint: string) => `_live/claims/${fingerprint}`

/** A mark that an attempt at an element writes about itself. */
export interface Mark {
  readonly index: number
  readonly attempt: number
  readonly state: MarkState
  /** When it was last written, by the clock of the store. */
  readonly seen_ms: number
}

/** `stopped`: it was asked to stop and has to run again. `blocked`: an input of its tasks is missing. */
export type MarkState =
  | 'running'
  | 'stopped'
  | 'failed'
  | 'out-of-memory'
  | 'out-of-time'
  | 'blocked'
  | 'superseded'

const markPattern =
  /^(.+)\/(\d+)-(\d+)-(running|stopped|failed|out-of-memory|out-of-time|blocked|superseded)$/

export function parseMark(
  manifest: string,
  { key, modified_ms }: { key: string; modified_ms: number },
): { array: string; mark: Mark } | undefined {
  const found = markPattern.exec(key.slice(marksPrefix(manifest).length))
  if (!found) return undefined
  return {
    array: found[1] as string,
    mark: {
      index: Number(found[2]),
      attempt: Number(found[3]),
      state: found[4] as MarkState,
      seen_ms: modified_ms,
    },
  }
}
