import { parseJson } from '../core/parse-json.js'
import { map, number } from '../core/shape.js'
import { PipelineError } from '../core/error.js'
import type { Clock } from '../core/clock.js'
import { byCodeUnit } from '../core/json.js'
import type { Store } from '../io/store/store.js'
import {
  checkpointsPrefix,
  failedPrefix,
  garbageKey,
  isRecord,
  locksPrefix,
  ownerOf,
  nameOfPlan,
  plansPrefix,
} from './layout.js'
import type { Claim } from '../io/store/claim.js'
import { announceDeletion, clearRegistrations } from './snapshots/running.js'
import { rootsOf, type Roots } from './snapshots/roots.js'
import { registerEnded } from './snapshots/submitted.js'
import { blockingKey } from './store-format.js'
import { sweepScratch } from './task/scratch.js'

/** `gc --json`. */
export interface Garbage {
  readonly candidates: readonly GarbageItem[]
  readonly bytes: number
  /** How many candidates this call removed. */
  readonly removed: number
  /** How many leftovers of killed processes this call removed. */
  readonly swept: number
}

export interface GarbageItem {
  readonly key: string
  readonly size: number
  /** When it was first seen to be unneeded, in Unix milliseconds. */
  readonly since: number
}

export interface GarbageOptions {
  /** Remove the candidates that an earlier listing saw at least the grace time ago. */
  readonly remove: boolean
  readonly grace_days: number
  readonly clock: Clock
  /** Local folder for the attempts of runs in this store. */
  readonly scratch?: string | undefined
}

/**
 * Lists every object that no registered run of the store needs, and removes those that an earlier call
 * listed at least the grace time ago. Records are removed before their data. Throws `E_NO_SNAPSHOT` or
 * `E_OTHER_MANIFESTS` where it would remove results of an earlier version, which registered no runs.
 */
export async function collectGarbage(store: Store, options: GarbageOptions): Promise<Garbage> {
  if (!options.remove) return collect(store, await rootsOf(store), options)
  await registerEnded(store, options.clock)
  const deletion = await announceDeletion(store, options.clock)
  try {
    const roots = await rootsOf(store)
    await refuseUnregistered(store, roots)
    const collected = await collect(store, roots, options, deletion)
    await clearRegistrations(store)
    return collected
  } finally {
    await deletion.end()
    await store.remove(deletion.key)
  }
}

async function collect(
  store: Store,
  roots: Roots,
  options: GarbageOptions,
  deletion?: Claim,
): Promise<Garbage> {
  const now = options.clock.now()
  const before = await remembered(store)
  const candidates: GarbageItem[] = []
  for await (const { key, size } of unneeded(store, roots))
    candidates.push({ key, size, since: before.get(key) ?? now })
  candidates.sort((a, b) => Number(isRecord(b.key)) - Number(isRecord(a.key)) || byCodeUnit(a.key, b.key))
  const old = options.remove
    ? candidates.filter((item) => now - item.since >= options.grace_days * 86_400_000 && before.has(item.key))
    : []
  const removed = new Set<string>()
  for (const item of old) {
    // If this process was suspended, runs may have begun that its roots do not know.
    if (deletion?.lapsed()) break
    await store.remove(item.key)
    removed.add(item.key)
  }
  const swept = options.remove && !deletion?.lapsed() ? await sweep(store, roots, options) : 0
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
    swept,
  }
}

/** Removes leftovers of killed processes; those of running ones are far younger. */
async function sweep(
  store: Store,
  { in_use }: Roots,
  { grace_days, scratch, clock }: GarbageOptions,
): Promise<number> {
  const age_ms = Math.max(1, grace_days) * 86_400_000
  const now_ms = clock.now()
  await sweepLive(store, in_use, now_ms - age_ms)
  const swept = [
    await store.sweep(age_ms),
    scratch === undefined ? [] : await sweepScratch(scratch, age_ms, in_use),
  ]
  return swept.flat().length
}

/** Checkpoints and last errors of tasks that nothing in progress needs, once they are old. */
async function sweepLive(store: Store, in_use: ReadonlySet<string>, before_ms: number): Promise<void> {
  for (const prefix of [checkpointsPrefix, failedPrefix])
    for await (const { key, modified_ms } of store.list(prefix)) {
      const fingerprint = key.slice(prefix.length).replace(/[/.].*$/s, '')
      if (modified_ms < before_ms && !in_use.has(fingerprint)) await store.remove(key)
    }
}

/** Results and lists of locks that these roots do not need. */
export async function* unneeded(
  store: Store,
  { fingerprints, lists }: Roots,
): AsyncIterable<{ readonly key: string; readonly size: number }> {
  for await (const { key, size } of store.list('')) {
    const fingerprint = ownerOf(key)
    if (
      fingerprint ? !fingerprints.has(fingerprint) : key.startsWith(locksPrefix) && lists?.has(key) === false
    )
      yield { key, size }
  }
}

/** Versions before snapshots registered no runs: only the names of their manifests are known. */
async function refuseUnregistered(store: Store, { snapshots }: Roots): Promise<void> {
  if (snapshots.length === 0 && (await hasRecords(store)))
    throw new PipelineError({
      code: 'E_NO_SNAPSHOT',
      failure: 'usage',
      message: 'no run is registered in this store, so all of its results would be deleted',
      place: store.uri,
      hint: 'run its manifests once: a run that has nothing to do registers what it needs',
    })
  const registered = new Set(snapshots.map(({ name }) => name))
  const others = new Set<string>()
  for await (const { key } of store.list(plansPrefix)) {
    const name = key === blockingKey ? undefined : nameOfPlan(key)
    if (name !== undefined && !registered.has(name)) others.add(name)
  }
  if (others.size === 0) return
  throw new PipelineError({
    code: 'E_OTHER_MANIFESTS',
    failure: 'usage',
    message: 'manifests have runs in this store that did not end, or that an earlier version made',
    place: store.uri,
    found: [...others].join(', '),
    hint: 'run these manifests once, or abandon their results with `coterie forget STORE --name NAME --yes`',
  })
}

async function hasRecords(store: Store): Promise<boolean> {
  for await (const { key } of store.list('')) if (isRecord(key)) return true
  return false
}

async function remembered(store: Store): Promise<Map<string, number>> {
  if (!(await store.stat(garbageKey))) return new Map()
  try {
    return new Map(Object.entries(parseJson(await store.read(garbageKey), garbageKey, map(number))))
  } catch {
    return new Map()
  }
}
