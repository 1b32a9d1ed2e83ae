import { parseJson } from '../core/parse-json.js'
import { map, number } from '../core/shape.js'
import { PipelineError } from '../core/error.js'
import type { Clock } from '../core/clock.js'
import { byCodeUnit } from '../core/json.js'
import type { Store } from '../io/store/store.js'
import type { Lock } from '../planner/lock.js'
import { fingerprintIn, garbageKey, isRecord, locksPrefix } from './layout.js'
import { lockedStages, readLock } from './lock/lock-file.js'
import { openStorage } from './storage.js'
import type { PrepareOptions } from './prepare.js'
import { recallRun } from './recall.js'

/** `gc --json`. */
export interface Garbage {
  readonly candidates: readonly GarbageItem[]
  readonly bytes: number
  /** How many candidates this call removed. */
  readonly removed: number
  /** How many leftovers of killed writers this call removed. */
  readonly swept: number
}

export interface GarbageItem {
  readonly key: string
  readonly size: number
  /** When it was first seen to be unneeded, in Unix milliseconds. */
  readonly since: number
}

export interface GarbageOptions extends PrepareOptions {
  /** Remove the candidates that an earlier listing saw at least the grace time ago. */
  readonly remove: boolean
  readonly grace_days: number
  readonly clock: Clock
  /** Names of other manifests whose runs in the same store may be garbage. */
  readonly forget?: readonly string[] | undefined
}

/**
 * Marks everything that the manifests' plans and locks need, and lists the rest. Removal takes two calls
 * with the grace time between them, since a run in progress may be about to reuse something that looks
 * unneeded. Records are removed before their data.
 */
export async function collectGarbage(
  manifests: readonly string[],
  options: GarbageOptions,
): Promise<Garbage> {
  const needed = new Set<string>()
  const lists = new Set<string>()
  const names = new Set<string>(options.forget ?? [])
  let store: Store | undefined
  for (const path of manifests) {
    const { plan, setup } = await recallRun(path, options)
    const opened = (await openStorage(setup)).store
    if (store && store.uri !== opened.uri)
      throw new PipelineError({
        code: 'E_USAGE',
        failure: 'usage',
        message: 'these manifests use different stores',
        expected: store.uri,
        found: opened.uri,
      })
    store = opened
    names.add(plan.manifest)
    for (const stage of plan.stages) for (const task of stage.tasks) needed.add(task.fingerprint)
    const lock = await lockOf(path)
    for (const fingerprint of await fingerprintsOfLock(lock, store)) needed.add(fingerprint)
    for (const key of listsOfLock(lock)) lists.add(key)
  }
  if (!store)
    throw new PipelineError({ code: 'E_USAGE', failure: 'usage', message: 'name at least one manifest' })
  await refuseOtherManifests(store, names)
  const now = options.clock.now()
  const before = await remembered(store)
  const candidates: GarbageItem[] = []
  for await (const { key, size } of store.list('')) {
    const fingerprint = fingerprintIn(key)
    if (fingerprint ? !needed.has(fingerprint) : key.startsWith(locksPrefix) && !lists.has(key))
      candidates.push({ key, size, since: before.get(key) ?? now })
  }
  candidates.sort((a, b) => Number(isRecord(b.key)) - Number(isRecord(a.key)) || byCodeUnit(a.key, b.key))
  const old = options.remove
    ? candidates.filter((item) => now - item.since >= options.grace_days * 86_400_000 && before.has(item.key))
    : []
  for (const item of old) await store.remove(item.key)
  // Unfinished uploads and temporary files of killed writers; those of running writers are far younger.
  const swept = options.remove ? await store.sweep(Math.max(1, options.grace_days) * 86_400_000) : []
  const removed = new Set(old.map((item) => item.key))
  const left = candidates.filter((item) => !removed.has(item.key))
  const current = await store.stat(garbageKey)
  await store.replace(
    garbageKey,
    new TextEncoder().encode(JSON.stringify(Object.fromEntries(left.map((item) => [item.key, item.since])))),
    current?.version,
  )
  return {
    candidates,
    bytes: candidates.reduce((sum, item) => sum + item.size, 0),
    removed: removed.size,
    swept: swept.length,
  }
}

async function lockOf(path: string): Promise<Lock | undefined> {
  return readLock(path).catch((error: unknown) => {
    if (error instanceof PipelineError && error.code === 'E_NO_LOCK') return undefined
    throw error
  })
}

function listsOfLock(lock: Lock | undefined): string[] {
  return lock
    ? [lock.inputs, ...lock.stages.map((stage) => stage.tasks)].flatMap((list) => list.stored_at ?? [])
    : []
}

async function fingerprintsOfLock(lock: Lock | undefined, store: Store): Promise<string[]> {
  const stages = lock ? await lockedStages(lock, store) : []
  return stages.flatMap(({ tasks }) => tasks.map((task) => task.fingerprint))
}

/** A store may serve manifests that the caller did not name; what those need must not look like garbage. */
async function refuseOtherManifests(store: Store, names: ReadonlySet<string>): Promise<void> {
  const others: string[] = []
  for await (const { key } of store.list('_live/plans/')) {
    const name = /^_live\/plans\/(.*)\.json$/.exec(key)?.[1]
    if (name && !names.has(name)) others.push(name)
  }
  if (others.length === 0) return
  throw new PipelineError({
    code: 'E_OTHER_MANIFESTS',
    failure: 'usage',
    message: 'other manifests have runs in this store',
    place: store.uri,
    found: others.join(', '),
    hint: 'name their manifest files too, or abandon their results with --forget NAME',
  })
}

async function remembered(store: Store): Promise<Map<string, number>> {
  if (!(await store.stat(garbageKey))) return new Map()
  try {
    return new Map(Object.entries(parseJson(await store.read(garbageKey), garbageKey, map(number))))
  } catch {
    return new Map()
  }
}
