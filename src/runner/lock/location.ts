import { existsSync } from 'node:fs'
import { canonicalJson } from '../../core/json.js'
import { sha256 } from '../../core/digest.js'
import { PipelineError } from '../../core/error.js'
import { shellWord } from '../../core/shell-word.js'
import { overridesAsJson } from '../../manifest/overrides.js'
import type { Lock } from '../../planner/lock.js'
import { readLockAt } from './lock-file.js'

/** What decides which lock of a manifest a command means. */
export interface Asked {
  /** Overrides, `stage.option=value`. */
  readonly set?: readonly string[] | undefined
  /** Only this node and the nodes that it needs. */
  readonly until?: string | undefined
  /** A lock file, wherever it is. */
  readonly lock?: string | undefined
}

/** Which lock a run wrote: the manifest's own, that of its `--set` and `--until`, or the file of `--lock`. */
export type LockKind = 'manifest' | 'experiment' | 'named'

export interface LockPlace {
  readonly path: string
  readonly kind: LockKind
}

export interface FoundLock extends LockPlace {
  readonly lock: Lock
}

/** `cc12m.yaml` → `cc12m.lock.json`, in the same folder. */
export function ownLock(manifest: string): string {
  return `${withoutEnding(manifest)}.lock.json`
}

/**
 * `cc12m.yaml` → `cc12m.3f9a1c20.lock.json`. The digits come from what was asked for, not from the plan, so
 * that they stay the same when the crawl grows or is away.
 */
export function experimentLock(manifest: string, { set = [], until }: Asked): string {
  const asked = canonicalJson({ set: overridesAsJson(set), until: until ?? null })
  return `${withoutEnding(manifest)}.${sha256(asked).slice(0, 8)}.lock.json`
}

export const isLockFile = (path: string): boolean => path.endsWith('.lock.json')

/** The manifest next to a lock: `cc12m.3f9a1c20.lock.json` → `cc12m.yaml`, or what ending there is. */
export function manifestOfLock(path: string): string {
  const stem = path.replace(/(\.[0-9a-f]{8})?\.lock\.json$/, '')
  const names = ['.yaml', '.yml', '.json'].map((ending) => stem + ending)
  return names.find((name) => existsSync(name)) ?? `${stem}.yaml`
}

/** Finds the lock that a run with the same `--set`, `--until` and `--lock` wrote. Throws `E_NO_LOCK`. */
export async function findLock(manifest: string, asked: Asked): Promise<FoundLock> {
  if (asked.lock !== undefined)
    return { path: asked.lock, kind: 'named', lock: await readLockAt(asked.lock, runAgain(manifest, asked)) }
  const own: LockPlace = { path: ownLock(manifest), kind: 'manifest' }
  const experiment: LockPlace = { path: experimentLock(manifest, asked), kind: 'experiment' }
  const read = async (place: LockPlace) => ({
    ...place,
    lock: await readLockAt(place.path, runAgain(manifest, asked)),
  })
  if (isSet(asked)) return read(experiment)
  if (asked.until === undefined) return read(own)
  // A first run with --until wrote the manifest's own lock.
  const whole = await read(own).catch(noLock)
  if (whole?.lock.until === asked.until) return whole
  const part = await read(experiment).catch((error: unknown) => {
    // A run until the last stage was a run of everything.
    if (noLock(error) === undefined && whole && isWholeUntil(whole.lock, asked.until)) return whole
    throw error
  })
  return part
}

/** The lock that `--frozen` compares with: the manifest's own lock pins the stages of a partial run too. */
export async function findLockToFreeze(manifest: string, asked: Asked): Promise<FoundLock> {
  const { lock, until } = asked
  if (lock !== undefined || until === undefined || isSet(asked)) return findLock(manifest, asked)
  return findLock(manifest, asked).catch((error: unknown) => {
    noLock(error)
    return findLock(manifest, { ...asked, until: undefined })
  })
}

/**
 * Where a run that made this lock puts it: at the manifest's own lock if there was no `--set` and it covers
 * the stages of the lock there.
 */
export async function placeOf(manifest: string, asked: Asked, made: Lock): Promise<LockPlace> {
  if (asked.lock !== undefined) return { path: asked.lock, kind: 'named' }
  const own: LockPlace = { path: ownLock(manifest), kind: 'manifest' }
  const experiment: LockPlace = { path: experimentLock(manifest, asked), kind: 'experiment' }
  if (isSet(asked)) return experiment
  if (made.until === undefined) return own
  try {
    const { stages } = await readLockAt(own.path)
    const nodes = new Set(made.stages.map(({ node }) => node))
    return stages.every(({ node }) => nodes.has(node)) ? own : experiment
  } catch (error) {
    // A lock that cannot be read may cover more than this run.
    return error instanceof PipelineError && error.code === 'E_NO_LOCK' ? own : experiment
  }
}

function isSet({ set = [] }: Asked): boolean {
  return set.length > 0
}

function isWholeUntil(lock: Lock, until: string | undefined): boolean {
  return lock.until === undefined && lock.stages.at(-1)?.node === until
}

/** Returns undefined for `E_NO_LOCK` and throws any other error. */
function noLock(error: unknown): undefined {
  if (error instanceof PipelineError && error.code === 'E_NO_LOCK') return undefined
  throw error
}

/** The command that writes the lock. */
function runAgain(manifest: string, { set = [], until, lock }: Asked): string {
  const flags = [
    ...set.flatMap((value) => ['--set', value]),
    ...(until === undefined ? [] : ['--until', until]),
    ...(lock === undefined ? [] : ['--lock', lock]),
  ]
  return ['coterie', 'run', manifest, ...flags].map(shellWord).join(' ')
}

function withoutEnding(manifest: string): string {
  return manifest.replace(/\.(ya?ml|json)$/, '')
}
