import { readWhole } from '../read-whole.js'
import { isAbsolute } from 'node:path'
import { mapConcurrently } from '../../core/concurrency.js'
import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import { commonPrefix } from '../../core/common-prefix.js'
import { backendOf, locate, settingsFor, type StoreSettings } from '../store/backends.js'
import { openUri } from '../store/open.js'
import type { FileTree, TreeFile } from '../store/tree.js'
import { expandBraces } from './braces.js'
import { globMatcher, hasGlob, literalPrefix } from './glob.js'
import type { InputFile } from './file.js'
import { pairedShards, selectShards, shardOf, type RequestedFormat } from './select.js'
import { InsideStore } from './inside-store.js'
import type { Skipped } from './skipped.js'
import { duplicate, inStore, missing, noShards, refuseUnreadable } from './trouble.js'

export type { InputFile } from './file.js'
export type { RequestedFormat } from './select.js'

export interface InputPattern {
  /**
   * A file, a folder or prefix, a pattern (`{00000..01242}`, `{a,b}`, `*`, `?`, `**`), or a list of these,
   * one per line: `@uris.txt`, or a name that ends in `.txt` or `.lst`.
   */
  readonly uri: string | readonly string[]
  readonly format?: RequestedFormat | undefined
  /** Folder that relative local paths start from; the working directory by default. */
  readonly base?: string | undefined
  /** Patterns relative to a folder of the input: what they match is not read. */
  readonly ignore?: readonly string[] | undefined
  /** URI of the store of the run, whose files are results and no input. */
  readonly store?: string | undefined
  /** Counts the files of folders that are not read. */
  readonly skipped?: Skipped | undefined
}

/** For at least this many names in one folder, listing the folder is cheaper than a request per name. */
const namesToList = 24

/**
 * The input's files in code unit order of their URIs, without duplicates. Every literal name must exist,
 * every pattern must match. Throws `E_INPUT_MISSING` (with nearby names), `E_INPUT_DUPLICATE`,
 * `E_INPUT_EMPTY`, `E_INPUT_TOO_MANY`, `E_INPUT_UNREADABLE`.
 */
export async function listInputs(input: InputPattern, settings?: StoreSettings): Promise<InputFile[]> {
  return inOrder(await collect(filesOf(input, settings)))
}

async function* filesOf(
  input: InputPattern,
  settings: StoreSettings | undefined,
): AsyncGenerator<InputFile, void> {
  const format = input.format ?? 'auto'
  const trees = new Trees(settings)
  const written = typeof input.uri === 'string' ? [input.uri] : input.uri
  const lines = (await Promise.all(written.map((uri) => linesOf(uri, input.base, settings)))).flat()
  const exact = new Map<FileTree, Map<string, string>>()
  const limits = limitsOf(input, format)
  for (const { uri, base } of lines) {
    const backend = backendOf(uri)
    const complete = backend.complete(uri, base)
    // The name of a local file may contain braces or stars, and checking is cheap.
    if (backend.local && hasPattern(complete)) {
      const { tree, name } = await trees.at(complete)
      const literal = await tree.stat(name)
      if (literal) {
        yield shardOf(literal, explicitFormat(format))
        continue
      }
    }
    const literal = backend.local ? await literalFolder(trees, complete) : ''
    for (const one of expandBraces(complete.slice(literal.length))) {
      const { tree, name } = await trees.at(literal + one)
      const folder = literal === '' ? '' : name.slice(0, name.length - one.length)
      const pattern = name.slice(folder.length)
      if (hasGlob(pattern)) yield* await matching(tree, { folder, pattern }, limits, uri)
      else if (await looksLikeFolder(tree, name)) yield* await below(tree, name, limits, uri)
      else addExact(exact, tree, name, uri)
    }
  }
  for (const [tree, names] of exact) yield* resolveExact(tree, names, limits)
}

/** What may be taken from folders and patterns. */
interface Limits {
  readonly format: RequestedFormat
  readonly ignored: (relative: string) => boolean
  readonly store: InsideStore | undefined
  readonly skipped: Skipped | undefined
}

function limitsOf({ ignore = [], store, skipped }: InputPattern, format: RequestedFormat): Limits {
  const matchers = ignore.map((pattern) =>
    pattern.endsWith('/') ? (name: string) => name.startsWith(pattern) : globMatcher(pattern),
  )
  return {
    format,
    ignored: (relative) => matchers.some((matches) => matches(relative)),
    store: store === undefined ? undefined : new InsideStore(store),
    skipped,
  }
}

/**
 * The longest beginning of a path that is a folder with a pattern's characters in its name, which the rest is
 * a pattern below: what exists as it is written is no pattern. Empty if there is none.
 */
async function literalFolder(trees: Trees, path: string): Promise<string> {
  let literal = ''
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const folder = path.slice(0, slash)
    if (!hasPattern(folder)) continue
    const { tree, name } = await trees.at(folder)
    if (!(await tree.isFolder(name))) break
    literal = `${folder}/`
  }
  return literal
}

/** Opens each tree once: a bucket, or the file system. */
class Trees {
  private readonly settings: StoreSettings | undefined
  private readonly opened = new Map<string, Promise<FileTree>>()

  constructor(settings: StoreSettings | undefined) {
    this.settings = settings
  }

  async at(uri: string): Promise<{ tree: FileTree; name: string }> {
    const { backend, root, key } = locate(uri)
    const id = `${backend.scheme} ${root}`
    const tree = this.opened.get(id) ?? backend.openTree(root, settingsFor(backend, this.settings))
    this.opened.set(id, tree)
    return { tree: await tree, name: key }
  }
}

function addExact(
  exact: Map<FileTree, Map<string, string>>,
  at: FileTree,
  name: string,
  written: string,
): void {
  const names = exact.get(at) ?? new Map<string, string>()
  exact.set(at, names)
  if (names.has(name)) throw duplicate(at.uriOf(name), at.uriOf(name))
  names.set(name, written)
}

async function linesOf(
  uri: string,
  base: string | undefined,
  settings: StoreSettings | undefined,
): Promise<{ uri: string; base: string | undefined }[]> {
  const list = uri.startsWith('@')
    ? uri.slice(1)
    : /\.(txt|lst)$/i.test(uri) && !hasPattern(uri)
      ? uri
      : undefined
  if (list === undefined) return [{ uri, base }]
  const backend = backendOf(list)
  const path = backend.complete(list, base)
  const source = await openUri(path, settings)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(await readWhole(source))
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines.length === 0) {
    throw new PipelineError({
      code: 'E_INPUT_EMPTY',
      failure: 'manifest',
      message: 'this list of inputs names no file',
      place: path,
    })
  }
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  // A list travels with its files, so its relative names start from its own folder.
  return lines.map((line) => {
    const complete = isAbsolute(line) || /^\w+:\/\//.test(line)
    return backend.local || complete
      ? { uri: line, base: backend.local && folder !== '' ? folder : base }
      : { uri: folder + line, base: undefined }
  })
}

function hasPattern(text: string): boolean {
  return hasGlob(text) || text.includes('{')
}

async function looksLikeFolder(at: FileTree, name: string): Promise<boolean> {
  if (name === '' || name.endsWith('/')) return true
  // Shards have an extension; checking 10,000 of them for being a folder would take 10,000 requests.
  return !/\.[A-Za-z0-9]{1,8}$/.test(name) && (await at.stat(name)) === undefined && at.isFolder(name)
}

async function below(
  at: FileTree,
  folder: string,
  { format, ignored, store, skipped }: Limits,
  written: string,
): Promise<InputFile[]> {
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  if (await store?.has(at.uriOf(prefix))) throw inStore(written, at.uriOf(prefix))
  const listed = await entries(at, prefix)
  const broken: TreeFile[] = []
  for (const entry of listed.broken)
    if (!ignored(entry.name.slice(prefix.length)) && !(await store?.has(entry.uri))) broken.push(entry)
  const files: TreeFile[] = []
  for (const file of listed.files) {
    if (await store?.has(file.uri)) skipped?.add('in_store', file.uri)
    else if (ignored(file.name.slice(prefix.length))) skipped?.add('ignored', file.uri)
    else files.push(file)
  }
  // Files of any kind, such as the parts of a model, may have dangling links among them.
  if (format !== 'any') refuseUnreadable(selectShards(broken, format, prefix))
  const shards = selectShards(files, format, prefix, skipped)
  if (shards.length === 0)
    throw files.length > 0
      ? noShards(
          written,
          format,
          files.map(({ uri }) => uri),
        )
      : await missing(at, [folder], written)
  return shards
}

async function matching(
  at: FileTree,
  { folder, pattern }: { readonly folder: string; readonly pattern: string },
  { format, ignored, store, skipped }: Limits,
  written: string,
): Promise<InputFile[]> {
  const prefix = folder + literalPrefix(pattern)
  const start = prefix.lastIndexOf('/') + 1
  const matchesRest = globMatcher(pattern)
  const matches = (name: string) =>
    name.startsWith(folder) && matchesRest(name.slice(folder.length)) && !ignored(name.slice(start))
  const depth = /\*\*/.test(pattern) ? undefined : (folder + pattern).slice(start).split('/').length - 1
  const listed = await entries(at, prefix, depth)
  const files = listed.files.filter(({ name }) => matches(name))
  for (const { name, uri } of listed.files) if (ignored(name.slice(start))) skipped?.add('ignored', uri)
  for (const { uri } of files) if (await store?.has(uri)) throw inStore(written, uri)
  if (format !== 'any') refuseUnreadable(listed.broken.filter(({ name }) => matches(name)))
  if (files.length === 0) throw await missing(at, [prefix], written, folder + pattern)
  // A pattern with an extension selects files itself.
  const open = format === 'auto' && !/\.[A-Za-z0-9]+$/.test(pattern)
  return open ? pairedShards(files) : files.map((file) => shardOf(file, explicitFormat(format)))
}

function explicitFormat(format: RequestedFormat): InputFile['format'] {
  return format === 'any' ? 'auto' : format
}

/**
 * Resolves literal names, folder by folder: a few by one request each, many by listing their common prefix.
 */
async function* resolveExact(
  at: FileTree,
  names: ReadonlyMap<string, string>,
  limits: Limits,
): AsyncGenerator<InputFile, void> {
  const { format, store } = limits
  const groups = await mapConcurrently(byFolder(names.keys()), 32, async (group) => {
    if (group.length < namesToList)
      return mapConcurrently(group, 16, async (name) => [name, await at.stat(name)] as const)
    const wanted = new Map<string, TreeFile | undefined>(group.map((name) => [name, undefined]))
    for await (const file of at.list(commonPrefix(group), 0))
      if (wanted.has(file.name)) wanted.set(file.name, file)
    return [...wanted]
  })
  const absent: string[] = []
  for (const [name, file] of groups.flat()) {
    if (file && (await store?.has(file.uri))) throw inStore(names.get(name) ?? name, file.uri)
    else if (file) yield shardOf(file, explicitFormat(format))
    // A name that looks like a file may be a folder.
    else if (names.size <= namesToList && (await at.isFolder(name)))
      yield* await below(at, name, limits, names.get(name) ?? name)
    else absent.push(name)
  }
  if (absent.length > 0) throw await missing(at, absent, names.get(absent[0] as string) ?? '')
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

function inOrder(files: readonly InputFile[]): InputFile[] {
  const sorted = [...files].sort((a, b) => byCodeUnit(a.uri, b.uri))
  const byVersion = new Map<string, string>()
  sorted.forEach((file, i) => {
    if (sorted[i - 1]?.uri === file.uri) throw duplicate(file.uri, file.uri)
    // The version of a local file contains its inode, which reveals two names of one file.
    if (!backendOf(file.uri).local) return
    const other = byVersion.get(file.version)
    if (other !== undefined) throw duplicate(other, file.uri)
    byVersion.set(file.version, file.uri)
  })
  return sorted
}

/** Unreadable entries have the reason as their version. */
async function entries(
  at: FileTree,
  prefix: string,
  depth?: number,
): Promise<{ files: TreeFile[]; broken: TreeFile[] }> {
  const broken: TreeFile[] = []
  const files = await collect(
    at.list(prefix, depth, (name, why) => {
      broken.push({ name, uri: at.uriOf(name), size: 0, version: why })
    }),
  )
  return { files, broken }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
