/** Keys of a store; no other file spells them out. */

export const recordsPrefix = (stage: string) => `${stage}/records/`
export const recordKey = (stage: string, fingerprint: string) => `${stage}/records/${fingerprint}.json`
export const dataPrefix = (stage: string) => `${stage}/data/`
export const dataKey = (stage: string, fingerprint: string, name: string) =>
  `${stage}/data/${fingerprint}/${name}`
/** Lists that are too long for a lock; `planner/lock.ts` names them. */
export const locksPrefix = '_locks/'
/** Marks whose data a record uses: `_adopted/<stage>/<fingerprint>/<fingerprint of the data>`. */
export const adoptedPrefix = '_adopted/'
export const adoptedKey = (stage: string, fingerprint: string, data: string) =>
  `${adoptedPrefix}${stage}/${fingerprint}/${data}`
/** Finds results by adoption key: `_index/<stage>/<key>/<fingerprint>`. */
export const indexPrefix = (stage: string) => `_index/${stage}/`
export const indexKey = (stage: string, key: string, fingerprint: string) =>
  `${indexPrefix(stage)}${key}/${fingerprint}`
/** State of a task in progress. */
export const checkpointsPrefix = '_live/checkpoints/'
export const checkpointPrefix = (fingerprint: string) => `${checkpointsPrefix}${fingerprint}/`

/** Not create-once: these objects may be overwritten or lost without harm. */
export const plansPrefix = '_live/plans/'
/** Summaries of the last plans of manifests of a name. */
export const lastPlanPrefix = (name: string) => `${plansPrefix}${name}/`
/** Tasks of these plans, if they have plugins. */
export const lastTasksPrefix = (name: string) => `_live/tasks/${name}/`
/** Earlier versions kept one for each name. */
export const earlierPlanKey = (name: string) => `${plansPrefix}${name}.json`
export const earlierTasksKey = (name: string) => `_live/tasks/${name}.json`
/** Which process works on a task that is expensive or cannot repeat its bytes. */
export const taskClaimsPrefix = '_live/task-claims/'
/** Why a task of a run on this machine failed last. */
export const failedPrefix = '_live/failed/'
export const garbageKey = '_live/garbage.json'

/** Whether this is the key of a record. Without a record there is no result. */
export function isRecord(key: string): boolean {
  return /^[^/_][^/]*\/records\//.test(key)
}

/** The fingerprint of the task that an object belongs to: its record, data, marks and index. */
export function ownerOf(key: string): string | undefined {
  return (
    fingerprintIn(key) ??
    /^_adopted\/[^/]+\/([0-9a-f]{64})\/[0-9a-f]{64}$/.exec(key)?.[1] ??
    /^_index\/[^/]+\/[0-9a-f]{64}\/([0-9a-f]{64})$/.exec(key)?.[1]
  )
}

/** The fingerprint whose data a mark names, or undefined for anything else. */
export function adoptedIn(key: string): string | undefined {
  return /^_adopted\/[^/]+\/[0-9a-f]{64}\/([0-9a-f]{64})$/.exec(key)?.[1]
}

/** The fingerprint in a key under `records/` or `data/`, or undefined for anything else. */
export function fingerprintIn(key: string): string | undefined {
  return /^[^/_][^/]*\/(?:records|data)\/([0-9a-f]{64})(?:\.json$|\/)/.exec(key)?.[1]
}

/** The name of the manifest in the key of a last plan, of this version or an earlier one. */
export function nameOfPlan(key: string): string | undefined {
  return key.startsWith(plansPrefix)
    ? /^([^/]+?)(?:\.json|\/[^/]+\.json)$/.exec(key.slice(plansPrefix.length))?.[1]
    : undefined
}
