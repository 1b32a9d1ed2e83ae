import { taskClaimsPrefix } from '../runner/layout.js'

/**
 * Keys of submissions in a store. Everything under `_jobs/` is create-once. Marks of running elements are
 * under `_live/`, with their state in the key, so that one listing shows the state of a submission.
 */
export const submissionsPrefix = '_jobs/_submissions/'
/** Submissions of one manifest by one user; `owner` is their digest (owner.ts). */
export const ownPrefix = (owner: string) => `${submissionsPrefix}${owner}/`
/** Numbered, so that only one of several processes that planned the same work submits it. */
export const submissionKey = (owner: string, number: number) =>
  `${ownPrefix(owner)}${String(number).padStart(6, '0')}.json`
/** Arrays and marks are in a folder named after the id of their submission. */
export const arraysPrefix = (folder: string) => `_jobs/${folder}/arrays/`
export const arrayPrefix = (folder: string, name: string) => `${arraysPrefix(folder)}${name}/`
/** What all elements of the array share. */
export const arrayKey = (folder: string, name: string) => `${arrayPrefix(folder, name)}array.json`
/** One line per element: its tasks. */
export const tasksKey = (folder: string, name: string) => `${arrayPrefix(folder, name)}tasks.jsonl`
/** The offset of each of these lines, in lines of equal length. */
export const offsetsKey = (folder: string, name: string) => `${arrayPrefix(folder, name)}offsets.txt`
/** One line per element: fingerprints of its tasks. */
export const membersKey = (folder: string, name: string) => `${arrayPrefix(folder, name)}members.txt`
/** Created by a submitter before it submits the array. */
export const tryKey = (folder: string, name: string, count: number) =>
  `${arrayPrefix(folder, name)}try-${count}`
/** Says that the scheduler has certainly not accepted this attempt. */
export const overKey = (folder: string, name: string, count: number) =>
  `${arrayPrefix(folder, name)}over-${count}`
/** The scheduler's id of the job. */
export const jobKey = (folder: string, name: string) => `${arrayPrefix(folder, name)}job`
/** Why the scheduler refused the array. */
export const refusedKey = (folder: string, name: string) => `${arrayPrefix(folder, name)}refused`
export const cancelledKey = (folder: string, name: string) => `${arrayPrefix(folder, name)}cancelled`

export const marksPrefix = (folder: string) => `_live/jobs/${folder}/`
export const markKey = (folder: string, array: string, { index, attempt, state }: Omit<Mark, 'seen_ms'>) =>
  `${marksPrefix(folder)}${array}/${index}-${attempt}-${state}`
/** Claims of a task (io/store/exclusive-claim.ts). */
export const claimsPrefix = (fingerprint: string) => `${taskClaimsPrefix}${fingerprint}/`
/** Where earlier versions kept the claim of a task. */
export const earlierClaimKey = (fingerprint: string) => `_live/claims/${fingerprint}`

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
  folder: string,
  { key, modified_ms }: { key: string; modified_ms: number },
): { array: string; mark: Mark } | undefined {
  const found = markPattern.exec(key.slice(marksPrefix(folder).length))
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
