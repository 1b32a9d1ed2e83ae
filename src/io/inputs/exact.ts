import { commonPrefix } from '../../core/common-prefix.js'
import { mapConcurrently } from '../../core/concurrency.js'
import type { FileTree, TreeFile } from '../store/tree.js'
import type { InputFile } from './file.js'
import { below } from './folders.js'
import { explicitFormat, type Limits } from './limits.js'
import { placed } from './partitions.js'
import { shardOf } from './select.js'
import { duplicate, inStore, missing } from './trouble.js'

/** For at least this many names in one folder, listing the folder is cheaper than a request per name. */
const namesToList = 24

/** How a name is written in the manifest, and the folder that its partitions are below. */
interface Written {
  readonly uri: string
  readonly root: string
}

/** Literal names, each with how it is written. */
export type ExactNames = Map<FileTree, Map<string, Written>>

export function addExact(exact: ExactNames, at: FileTree, name: string, written: Written): void {
  const names = exact.get(at) ?? new Map<string, Written>()
  exact.set(at, names)
  if (names.has(name)) throw duplicate(at.uriOf(name), at.uriOf(name))
  names.set(name, written)
}

/**
 * Resolves literal names, folder by folder: a few by one request each, many by listing their common prefix.
 */
export async function resolveExact(
  at: FileTree,
  names: ReadonlyMap<string, Written>,
  limits: Limits,
): Promise<readonly InputFile[]> {
  const groups = await mapConcurrently(byFolder(names.keys()), 32, (group) => lookUp(at, group))
  const absent: string[] = []
  const found: InputFile[] = []
  const all = groups.flat()
  const troubles = await mapConcurrently(all, 32, ([name]) => at.trouble(name))
  for (const [i, [name, file]] of all.entries()) {
    const { uri, root } = names.get(name) as Written
    if (file && (await limits.inStore(file))) throw inStore(uri, file.uri)
    const why = troubles[i]
    if (why !== undefined) limits.unreadable.push({ uri: at.uriOf(name), size: 0, version: why })
    else if (file)
      for (const one of placed([shardOf(file, explicitFormat(limits.format))], root)) found.push(one)
    // A name that looks like a file may be a folder.
    else if (names.size <= namesToList && (await at.isFolder(name)))
      for (const one of placed(await below(at, name, limits, uri), root)) found.push(one)
    else absent.push(name)
  }
  if (absent.length > 0) throw await missing(at, absent, names.get(absent[0] as string)?.uri ?? '')
  return found
}

async function lookUp(
  at: FileTree,
  group: readonly string[],
): Promise<(readonly [string, TreeFile | undefined])[]> {
  if (group.length < namesToList)
    return mapConcurrently(group, 16, async (name) => [name, await at.stat(name)] as const)
  const wanted = new Map<string, TreeFile | undefined>(group.map((name) => [name, undefined]))
  for await (const file of at.list(commonPrefix(group), { depth: 0 }))
    if (wanted.has(file.name)) wanted.set(file.name, file)
  return [...wanted]
}

function byFolder(names: Iterable<string>): string[][] {
  const folders = new Map<string, string[]>()
  for (const name of names) {
    const folder = name.slice(0, name.lastIndexOf('/') + 1)
    const group = folders.get(folder)
    if (group) group.push(name)
    else folders.set(folder, [name])
  }
  return [...folders.values()]
}
