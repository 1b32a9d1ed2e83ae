/** Where things lie in a store. Everything that names a key asks here. */

export const recordsPrefix = (stage: string) => `${stage}/records/`
export const recordKey = (stage: string, fingerprint: string) => `${stage}/records/${fingerprint}.json`
export const dataPrefix = (stage: string) => `${stage}/data/`
export const dataKey = (stage: string, fingerprint: string, name: string) =>
  `${stage}/data/${fingerprint}/${name}`
/** Lists that are too long for a lock; named in `planner/lock.ts`. */
export const locksPrefix = '_locks/'
/** State of a task that is under way. */
export const checkpointPrefix = (fingerprint: string) => `_live/checkpoints/${fingerprint}/`

/** Outside of the create-once rule: what may be overwritten or lost without harm. */
export const lastPlanKey = (manifest: string) => `_live/plans/${manifest}.json`
/** Tasks of the last plan, where it has stages of plugins. */
export const lastTasksKey = (manifest: string) => `_live/tasks/${manifest}.json`
export const garbageKey = '_live/garbage.json'

/** Whether the key is of a record: what has none is no result. */
export function isRecord(key: string): boolean {
  return /^[^/_][^/]*\/records\//.test(key)
}

/** The fingerprint in a key under `records/` or `data/`, or undefined for anything else. */
export function fingerprintIn(key: string): string | undefined {
  return /^[^/_][^/]*\/(?:records|data)\/([0-9a-f]{64})(?:\.json$|\/)/.exec(key)?.[1]
}
