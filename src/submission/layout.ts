/**
 * Where submissions lie in a store. Everything under `_jobs/` is create-once; marks of running elements lie
 * under `_live/`, with their state in the key, so that the state of a run is a listing.
 */
export const submissionsPrefix = (manifest: string) => `_jobs/${manifest}/submissions/`
export const submissionKey = (manifest: string, number: number) =>
  `${submissionsPrefix(manifest)}${String(number).padStart(6, '0')}.json`
export const arrayPrefix = (manifest: string, name: string) => `_jobs/${manifest}/arrays/${name}/`
/** What every task of the array shares. */
export const arrayKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}array.json`
/** One line an element: its tasks. */
export const tasksKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}tasks.jsonl`
/** Where each of these lines begins, in lines of equal length. */
export const offsetsKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}offsets.txt`
/** One line an element: fingerprints of its tasks. */
export const membersKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}members.txt`
/** Taken by whoever submits the array, before doing it. */
export const tryKey = (manifest: string, name: string, count: number) =>
  `${arrayPrefix(manifest, name)}try-${count}`
/** The scheduler's id. */
export const jobKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}job`
/** Why the array will never be submitted or finished. */
export const refusedKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}refused`
export const cancelledKey = (manifest: string, name: string) => `${arrayPrefix(manifest, name)}cancelled`

export const marksPrefix = (manifest: string) => `_live/jobs/${manifest}/`
export const markKey = (manifest: string, array: string, { index, attempt, state }: Omit<Mark, 'seen_ms'>) =>
  `${marksPrefix(manifest)}${array}/${index}-${attempt}-${state}`
export const claimKey = (fingerprint: string) => `_live/claims/${fingerprint}`

/** What an attempt at an element says of itself. */
export interface Mark {
  readonly index: number
  readonly attempt: number
  readonly state: MarkState
  /** When the store saw it last. */
  readonly seen_ms: number
}

/** `stopped`: asked to stop, and to be run again. `blocked`: what its tasks take is not there. */
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
