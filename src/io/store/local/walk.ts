import type { BigIntStats, Dirent } from 'node:fs'
import { statSync } from 'node:fs'
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
    slow: false,
  }
  yield* walkFolder(walk, folder, [await realPath(join(root, folder))])
}

export interface WalkedFile {
  readonly key: string
  readonly stats: BigIntStats
}

export interface WalkOptions {
  /** A folder directly below the root to skip. */
  readonly skip?: string | undefined
  /** How many folders deep, from the folder of the prefix; 0 enters none. */
  readonly depth?: number | undefined
  /** Called with every entry that is neither a folder nor a file that can be found, and why. */
  readonly unreadable?: ((key: string, why: string) => void) | undefined
}

interface Walk {
  readonly root: string
  readonly prefix: string
  readonly skip: string | undefined
  readonly depth: number
  readonly unreadable: WalkOptions['unreadable']
  slow: boolean
}

async function* walkFolder(
  walk: Walk,
  folder: string,
  above: readonly string[],
): AsyncGenerator<readonly WalkedFile[]> {
  const here = join(walk.root, folder)
  const entries = await entriesOf(here)
  const wanted: { name: string; folder: boolean }[] = []
  for (const entry of entries) {
    if (folder === '' && walk.skip === entry.name) continue
    const isFolder =
      entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderLink(join(here, entry.name))))
    const key = folder + entry.name + (isFolder ? '/' : '')
    if (!key.startsWith(walk.prefix) && !(isFolder && walk.prefix.startsWith(key))) continue
    if (isFolder && above.length > walk.depth) continue
    if (isFolder || entry.isFile() || entry.isSymbolicLink())
      wanted.push({ name: entry.name + (isFolder ? '/' : ''), folder: isFolder })
    else walk.unreadable?.(key, 'a socket, pipe or device')
  }
  wanted.sort((a, b) => byCodeUnit(a.name, b.name))

  for (let at = 0; at < wanted.length;) {
    const first = wanted[at] as { name: string; folder: boolean }
    if (first.folder) {
      const real = await realPath(join(here, first.name))
      if (!above.includes(real)) yield* walkFolder(walk, folder + first.name, [...above, real])
      at++
      continue
    }
    let end = at
    while (end < wanted.length && end < at + batchFiles && !wanted[end]?.folder) end++
    yield await statBatch(
      walk,
      wanted.slice(at, end).map((file) => folder + file.name),
    )
    at = end
  }
}

/**
 * Synchronous `stat` is about 20 times cheaper, which matters because a plan lists a record for every task.
 */
async function statBatch(walk: Walk, keys: readonly string[]): Promise<WalkedFile[]> {
  if (walk.slow) {
    const found = await mapConcurrently(keys, 32, (key) =>
      stat(join(walk.root, key), { bigint: true }).catch(vanished),
    )
    return keys.flatMap((key, i) => fileOf(walk, key, found[i]))
  }
  const started = performance.now()
  const files = keys.flatMap((key) => fileOf(walk, key, statNow(walk, key)))
  walk.slow = performance.now() - started > slowBatchMilliseconds
  await setImmediate()
  return files
}

function statNow(walk: Walk, key: string): BigIntStats | undefined {
  try {
    return statSync(join(walk.root, key), { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    // A loop of links has no target either; only a listing that reports such entries goes on.
    if (walk.unreadable && systemCode(error) === 'ELOOP') return undefined
    throw error
  }
}

function fileOf(walk: Walk, key: string, stats: BigIntStats | undefined): WalkedFile[] {
  if (stats?.isFile()) return [{ key, stats }]
  if (walk.unreadable) walk.unreadable(key, whyUnreadable(key, stats))
  return []
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
