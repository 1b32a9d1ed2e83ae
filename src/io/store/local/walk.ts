import type { BigIntStats, Dirent } from 'node:fs'
import { accessSync, constants, statSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { mapConcurrently } from '../../../core/concurrency.js'
import { byCodeUnit } from '../../../core/json.js'
import { systemCode } from '../errors.js'

/** A batch of this many `stat` calls blocks the event loop for about a millisecond on a local disk. */
const batchFiles = 256
/** A slower batch than this means a network file system, where calls have to overlap. */
const slowBatchMilliseconds = 60

/**
 * Regular files below `root` whose `/`-separated relative name starts with `prefix`, in code unit order of
 * these names. Yields batches, since an asynchronous step per file costs more than its `stat`. Follows
 * links; loops of links are entered once.
 */
export async function* walkFiles(
  root: string,
  prefix: string,
  options: WalkOptions = {},
): AsyncGenerator<readonly WalkedFile[]> {
  const slash = prefix.lastIndexOf('/')
  const folder = prefix.slice(0, slash + 1)
  const walk = {
    root,
    prefix,
    skip: options.skip,
    depth: options.depth ?? Infinity,
    unreadable: options.unreadable,
    enter: options.enter,
    slow: false,
  }
  yield* walkFolder(walk, folder, [await realPath(join(root, folder))])
}

export interface WalkedFile {
  readonly key: string
  /** Whether the last part of its name is a link. */
  readonly link: boolean
  readonly stats: BigIntStats
}

export interface WalkOptions {
  /** A folder directly below the root to skip. */
  readonly skip?: string | undefined
  /** How many folders deep, from the folder of the prefix; 0 enters none. */
  readonly depth?: number | undefined
  /** Whether to enter this folder below the root, whose key ends with a slash; by default, all are. */
  readonly enter?: ((folder: string) => Promise<boolean>) | undefined
  /** Called with every entry that is neither a folder nor a file that can be found, and why. */
  readonly unreadable?: ((key: string, why: string) => void) | undefined
}

interface Walk {
  readonly root: string
  readonly prefix: string
  readonly skip: string | undefined
  readonly depth: number
  readonly unreadable: WalkOptions['unreadable']
  readonly enter: WalkOptions['enter']
  slow: boolean
}

async function* walkFolder(
  walk: Walk,
  folder: string,
  above: readonly string[],
): AsyncGenerator<readonly WalkedFile[]> {
  const here = join(walk.root, folder)
  const entries = await entriesIn(walk, folder)
  const wanted: { name: string; folder: boolean; link: boolean }[] = []
  for (const entry of entries) {
    if (folder === '' && walk.skip === entry.name) continue
    const isFolder =
      entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderLink(join(here, entry.name))))
    const key = folder + entry.name + (isFolder ? '/' : '')
    if (!key.startsWith(walk.prefix) && !(isFolder && walk.prefix.startsWith(key))) continue
    if (isFolder && above.length > walk.depth) continue
    if (isFolder || entry.isFile() || entry.isSymbolicLink())
      wanted.push({
        name: entry.name + (isFolder ? '/' : ''),
        folder: isFolder,
        link: entry.isSymbolicLink(),
      })
    else walk.unreadable?.(key, 'a socket, pipe or device')
  }
  wanted.sort((a, b) => byCodeUnit(a.name, b.name))

  for (let at = 0; at < wanted.length;) {
    const first = wanted[at] as (typeof wanted)[number]
    if (first.folder) {
      const real = await realPath(join(here, first.name))
      const enter = !above.includes(real) && ((await walk.enter?.(folder + first.name)) ?? true)
      if (enter) yield* walkFolder(walk, folder + first.name, [...above, real])
      at++
      continue
    }
    let end = at
    while (end < wanted.length && end < at + batchFiles && !wanted[end]?.folder) end++
    yield await statBatch(
      walk,
      wanted.slice(at, end).map(({ name, link }) => ({ key: folder + name, link })),
    )
    at = end
  }
}

/**
 * Synchronous `stat` is about 20 times cheaper, which matters because a plan lists a record for every task.
 */
type Candidate = Omit<WalkedFile, 'stats'>

async function statBatch(walk: Walk, keys: readonly Candidate[]): Promise<WalkedFile[]> {
  if (walk.slow) {
    const found = await mapConcurrently(keys, 32, ({ key }) =>
      stat(join(walk.root, key), { bigint: true }).catch(vanished),
    )
    return keys.flatMap((file, i) => fileOf(walk, file, found[i]))
  }
  const started = performance.now()
  const files = keys.flatMap((file) => fileOf(walk, file, statNow(walk, file.key)))
  walk.slow = performance.now() - started > slowBatchMilliseconds
  await setImmediate()
  return files
}

function statNow(walk: Walk, key: string): BigIntStats | undefined {
  try {
    return statSync(join(walk.root, key), { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    // A loop of links has no target either; only a listing that reports such entries goes on.
    if (walk.unreadable && /^(ELOOP|EACCES)$/.test(systemCode(error) ?? '')) return undefined
    throw error
  }
}

function fileOf(walk: Walk, { key, link }: Candidate, stats: BigIntStats | undefined): WalkedFile[] {
  const why = !stats?.isFile()
    ? whyUnreadable(key, stats)
    : // A store reads only what it wrote itself.
      walk.unreadable && !mayRead(join(walk.root, key))
      ? notPermitted
      : undefined
  if (stats && why === undefined) return [{ key, link, stats }]
  walk.unreadable?.(key, why as string)
  return []
}

export const notPermitted = 'this user may not read it'

export function mayRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function whyUnreadable(key: string, stats: BigIntStats | undefined): string {
  if (stats) return 'a socket, pipe or device'
  return key.includes('\ufffd')
    ? 'its name is not UTF-8'
    : 'a link without a target, or removed during the listing'
}

async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => path)
}

/** A folder that may not be read is one unreadable entry of the listing. */
async function entriesIn(walk: Walk, folder: string): Promise<Dirent[]> {
  try {
    return await entriesOf(join(walk.root, folder))
  } catch (error) {
    if (!walk.unreadable || systemCode(error) !== 'EACCES') throw error
    walk.unreadable(folder, notPermitted)
    return []
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return []
    throw error
  }
}

async function isFolderLink(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

/** Removed between the listing and here: as if it had never been listed. */
function vanished(error: unknown): undefined {
  if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
  throw error
}
