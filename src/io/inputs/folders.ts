import type { FileTree, ListOptions, TreeFile } from '../store/tree.js'
import type { InputFile } from './file.js'
import { resultPath } from '../store/result-path.js'
import { globMatcher, literalPrefix } from './glob.js'
import { explicitFormat, type Limits } from './limits.js'
import { companionsOf, isCompressed, isHidden, pairedShards, selectShards, shardOf } from './select.js'
import { inStore, missing, noShards } from './trouble.js'

/** The shards below a folder. Throws `E_INPUT_IN_STORE`, `E_INPUT_EMPTY`, `E_INPUT_MISSING`. */
export async function below(
  at: FileTree,
  folder: string,
  limits: Limits,
  written: string,
): Promise<readonly InputFile[]> {
  const { format, skipped } = limits
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  if (await limits.inStore({ uri: at.uriOf(prefix) })) throw inStore(written, at.uriOf(prefix))
  const notEntered: string[] = []
  const enter = async (inner: string) => {
    const uri = at.uriOf(inner)
    if (!(await limits.inStore({ uri }))) return true
    skipped?.add('in_store', uri)
    notEntered.push(uri)
    return false
  }
  const listed = await entries(at, prefix, { enter })
  const broken = await leftOver(listed.broken, prefix.length, limits)
  const files = await leftOver(listed.files, prefix.length, limits)
  // Files of any kind, such as the parts of a model, may have dangling links among them.
  if (format !== 'any') noteUnreadable(limits, broken, prefix)
  const shards = selectShards(files, format, prefix, skipped)
  if (shards.length > 0) return shards
  if (limits.unreadable.length > 0) return []
  const uris = [...files.map(({ uri }) => uri), ...notEntered]
  if (uris.length === 0) throw await missing(at, [folder], written)
  const result = uris.find((uri) => at.uriOf(prefix).startsWith(resultPath(uri)?.store ?? ' '))
  throw result === undefined ? noShards(written, format, uris) : inStore(written, result)
}

/** Counts the files of the store, of the run itself and of `input.ignore`; returns the others. */
async function leftOver(files: readonly TreeFile[], start: number, limits: Limits): Promise<TreeFile[]> {
  const others: TreeFile[] = []
  for (const file of files) {
    if (await limits.inStore(file)) limits.skipped?.add('in_store', file.uri)
    else if (await limits.isOwn(file.uri)) limits.skipped?.add('own', file.uri)
    else if (limits.ignored(file.name.slice(start))) limits.skipped?.add('ignored', file.uri)
    else others.push(file)
  }
  return others
}

/** A folder that cannot be read may hold shards; of files, the name tells. */
function noteUnreadable(
  { unreadable, format, skipped }: Limits,
  broken: readonly TreeFile[],
  prefix: string,
): void {
  const visible = (name: string) => !name.slice(prefix.length).split('/').some(isHidden)
  for (const entry of broken) if (entry.name.endsWith('/') && visible(entry.name)) unreadable.push(entry)
  const files = broken.filter(({ name }) => !name.endsWith('/') || !visible(name))
  for (const entry of selectShards(files, format, prefix, skipped)) unreadable.push(entry)
}

/** The files that a pattern matches. Throws `E_INPUT_IN_STORE`, `E_INPUT_MISSING`. */
export async function matching(
  at: FileTree,
  { folder, pattern }: { readonly folder: string; readonly pattern: string },
  limits: Limits,
  written: string,
): Promise<readonly InputFile[]> {
  const { format, ignored } = limits
  const prefix = folder + literalPrefix(pattern)
  const start = prefix.lastIndexOf('/') + 1
  const matchesRest = globMatcher(pattern)
  const matches = (name: string) => name.startsWith(folder) && matchesRest(name.slice(folder.length))
  const depth = /\*\*/.test(pattern) ? undefined : (folder + pattern).slice(start).split('/').length - 1
  const listed = await entries(at, prefix, { depth })
  const files: TreeFile[] = []
  const others: TreeFile[] = []
  for (const file of listed.files) {
    const { name, uri } = file
    if (ignored(name.slice(start))) limits.skipped?.add('ignored', uri)
    else if (!matches(name)) others.push(file)
    else if (await limits.inStore(file)) throw inStore(written, uri)
    else if (await limits.isOwn(uri)) limits.skipped?.add('own', uri)
    else files.push(file)
  }
  const deepest = (name: string) => depth === undefined || name.slice(start).split('/').length - 1 <= depth
  await countOthers(
    others.filter(({ name }) => deepest(name)),
    start,
    limits,
  )
  if (format !== 'any')
    for (const entry of listed.broken)
      if (!ignored(entry.name.slice(start)) && (entry.name.endsWith('/') || matches(entry.name)))
        limits.unreadable.push(entry)
  if (files.length === 0 && limits.unreadable.length > 0) return []
  if (files.length === 0) throw await missing(at, [prefix], written, folder + pattern)
  // A pattern with an extension selects files itself.
  if (format !== 'auto' || /\.[A-Za-z0-9]+$/.test(pattern))
    return files.map((file) => shardOf(file, explicitFormat(format)))
  const shards = pairedShards(files)
  const taken = new Set(shards.map(({ uri }) => uri))
  const described = new Set(files.flatMap(({ name, uri }) => (taken.has(uri) ? companionsOf(name) : [])))
  await countOthers(
    files.filter(({ name, uri }) => !taken.has(uri) && !described.has(name)),
    start,
    limits,
  )
  return shards
}

/** Files that are listed with those of a pattern, and that it leaves out. */
async function countOthers(files: readonly TreeFile[], start: number, limits: Limits): Promise<void> {
  if (!limits.skipped) return
  for (const file of files) {
    const { name, uri } = file
    if (await limits.inStore(file)) continue
    if (await limits.isOwn(uri)) limits.skipped.add('own', uri)
    else if (name.slice(start).split('/').some(isHidden)) limits.skipped.add('hidden', uri)
    else limits.skipped.add(isCompressed(name) ? 'compressed' : 'unmatched', uri)
  }
}

/** Unreadable entries have the reason as their version. */
async function entries(
  at: FileTree,
  prefix: string,
  options: ListOptions,
): Promise<{ files: TreeFile[]; broken: TreeFile[] }> {
  const files: TreeFile[] = []
  const broken: TreeFile[] = []
  const unreadable = (name: string, why: string) =>
    broken.push({ name, uri: at.uriOf(name), size: 0, version: why, link: false })
  for await (const file of at.list(prefix, { ...options, unreadable })) files.push(file)
  return { files, broken }
}
