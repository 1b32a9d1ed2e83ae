import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mapConcurrently } from '../../core/concurrency.js'
import type { Clock } from '../../core/clock.js'
import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import type { LocalFile, Store } from '../store/store.js'
import { check, diagnosis, type Check, type Diagnosis } from './check.js'

export interface StoreProbe {
  /** Handles on the same folder or prefix, as if from several machines. */
  readonly handles: readonly Store[]
  /** The same, but with multipart uploads for every file; undefined if the backend has none. */
  readonly multipart?: readonly Store[] | undefined
  /** Must be unique: the probe's objects are `_probe/<id>/…`. */
  readonly id: string
  readonly clock: Clock
  /** Number of objects of the listing check. */
  readonly listed?: number | undefined
}

const creators = 32
const rounds = 3
const tolerableSkew = 60_000

/**
 * Checks the guarantees that shared output relies on. Stores with races are common: a server may accept
 * `If-None-Match` and still let several writers win, or honour it for a put but not for the completion of a
 * multipart upload.
 */
export async function probeStore(probe: StoreProbe): Promise<Diagnosis> {
  const [store] = probe.handles as readonly [Store]
  const folder = `_probe/${probe.id}`
  const first = await check('write and read back', () => writesAndReads(store, `${folder}/first`))
  if (!first.ok) return diagnosis([first])
  const checks: Check[] = [first]
  const race = (name: string, title: string, handles: readonly Store[]) =>
    check(title, () => createOnce(handles, `${folder}/${name}`))
  checks.push(await race('put', 'create-once, single put', probe.handles))
  if (probe.multipart) checks.push(await race('parts', 'create-once, multipart', probe.multipart))
  checks.push(await check('compare-and-swap', () => compareAndSwap(probe.handles, `${folder}/swap`)))
  checks.push(await check('ranged reads', () => rangedReads(store, `${folder}/range`)))
  checks.push(await check('pinned reads', () => pinnedReads(store, `${folder}/pin`)))
  checks.push(await check('listing', () => listing(store, `${folder}/list`, probe.listed ?? 1_050)))
  checks.push(await check('clock', () => clockSkew(store, `${folder}/clock`, probe.clock)))
  checks.push(await check('clean-up', () => cleanUp(store, `${folder}/`)))
  return diagnosis(checks)
}

async function writesAndReads(store: Store, key: string) {
  const bytes = bytesFor(key, 1000)
  if ((await store.create(key, bytes)) !== 'created')
    return { ok: false, found: 'a new object was said to exist' }
  const back = await store.read(key)
  return same(back, bytes)
    ? { ok: true, found: `${bytes.length} bytes came back` }
    : { ok: false, found: `${back.length} other bytes came back` }
}

/** Every writer has different bytes, in a file as in a run, and all start at once. */
async function createOnce(handles: readonly Store[], key: string) {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-probe-'))
  try {
    const files = await mapConcurrently([...Array(creators).keys()], 8, (i) =>
      fileFor(join(folder, `${i}`), bytesFor(`${key} ${i}`, 4096)),
    )
    for (let round = 0; round < rounds; round++) {
      const outcomes = await Promise.all(
        files.map((file, i) => handleOf(handles, i).create(`${key}-${round}`, file)),
      )
      const winners = outcomes.flatMap((outcome, i) => (outcome === 'created' ? [i] : []))
      const claimed =
        `${winners.length} of ${creators} writers were told that ` +
        `they created the object (round ${round + 1})`
      if (winners.length !== 1) return { ok: false, found: claimed }
      const held = createHash('sha256')
        .update(await handleOf(handles, round).read(`${key}-${round}`))
        .digest('hex')
      const right = files[winners[0] as number]?.sha256
      if (held !== right)
        return { ok: false, found: `the object does not hold the winner's bytes (round ${round + 1})` }
    }
    const late = await handleOf(handles, 0).create(`${key}-0`, files[0] as LocalFile)
    if (late === 'created')
      return { ok: false, found: 'an object that had long been there was created again' }
    return { ok: true, found: `one winner of ${creators}, ${rounds} times` }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function compareAndSwap(handles: readonly Store[], key: string) {
  const first = await handleOf(handles, 0).replace(key, bytesFor(key, 10), undefined)
  if (first === 'conflict') return { ok: false, found: 'a new object was said to exist' }
  const swap = (_: unknown, i: number) =>
    handleOf(handles, i).replace(key, bytesFor(`${key} ${i}`, 10), first.version)
  const outcomes = await Promise.all(Array.from({ length: 16 }, swap))
  const winners = outcomes.filter((outcome) => outcome !== 'conflict').length
  const stale = await handleOf(handles, 0).replace(key, bytesFor('stale', 10), first.version)
  if (winners !== 1) return { ok: false, found: `${winners} of 16 writers replaced the same version` }
  if (stale !== 'conflict') return { ok: false, found: 'a stale version was replaced' }
  return { ok: true, found: 'one winner of 16; a stale version is refused' }
}

async function rangedReads(store: Store, key: string) {
  const bytes = bytesFor(key, 100_000)
  await store.create(key, bytes)
  const ranges = [
    [0, 1],
    [0, 100_000],
    [1, 99_999],
    [65_535, 65_537],
    [99_999, 100_000],
    [99_000, 200_000],
    [100_000, 100_001],
    [5, 5],
  ] as const
  for (const [start, end] of ranges) {
    const part = await store.read(key, { range: { start, end } })
    if (!same(part, bytes.slice(start, end)))
      return { ok: false, found: `bytes ${start} to ${end} came as ${part.length} other bytes` }
  }
  return { ok: true, found: `${ranges.length} ranges, each as asked` }
}

async function pinnedReads(store: Store, key: string) {
  const first = await store.replace(key, bytesFor(key, 1000), undefined)
  if (first === 'conflict') return { ok: false, found: 'a new object was said to exist' }
  await store.replace(key, bytesFor(`${key} again`, 1000), first.version)
  try {
    await store.read(key, { version: first.version, range: { start: 0, end: 10 } })
    return { ok: false, found: 'a replaced object was read under its old version' }
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'E_CHANGED')
      return { ok: true, found: 'a replaced object is noticed' }
    throw error
  }
}

async function listing(store: Store, folder: string, count: number) {
  const keys = Array.from({ length: count }, (_, i) => `${folder}/${i}`).sort(byCodeUnit)
  await mapConcurrently(keys, 32, (key) => store.create(key, new Uint8Array(1)))
  const found: string[] = []
  for await (const { key } of store.list(`${folder}/`)) found.push(key)
  const right = found.length === keys.length && found.every((key, i) => key === keys[i])
  return {
    ok: right,
    found: right
      ? `${count} objects, at once and in order`
      : `${found.length} of ${count} objects, or in another order`,
  }
}

async function clockSkew(store: Store, key: string, clock: Clock) {
  const before = clock.now()
  await store.create(key, bytesFor(key, 1))
  const after = clock.now()
  const modified = (await store.stat(key))?.modified_ms ?? 0
  // Servers truncate times to whole seconds.
  const skew = modified < before - 1000 ? modified - before : modified > after + 1000 ? modified - after : 0
  const seconds = Math.round(skew / 1000)
  const found =
    seconds === 0
      ? 'agrees to the second'
      : `the store's clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`
  return { ok: Math.abs(skew) <= tolerableSkew, found }
}

async function cleanUp(store: Store, prefix: string) {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  try {
    await mapConcurrently(keys, 32, (key) => store.remove(key))
    return { ok: true, found: `${keys.length} objects of this probe removed` }
  } catch (error) {
    // Writers should not have permission to delete; then the objects are left.
    if (!(error instanceof PipelineError) || error.code !== 'E_ACCESS_DENIED') throw error
    return {
      ok: true,
      found: `no permission to delete; ${keys.length} small objects are left below ${prefix}`,
    }
  }
}

function handleOf(handles: readonly Store[], index: number): Store {
  return handles[index % handles.length] as Store
}

function bytesFor(seed: string, length: number): Uint8Array {
  const block = createHash('sha256').update(seed).digest()
  return Uint8Array.from({ length }, (_, i) => (block[i % 32] as number) ^ (i >> 5))
}

async function fileFor(path: string, bytes: Uint8Array): Promise<LocalFile> {
  await writeFile(path, bytes)
  return { path, size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
