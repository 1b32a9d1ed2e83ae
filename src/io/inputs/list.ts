import { isAbsolute, join } from 'node:path'
import { mapConcurrently } from '../../core/concurrency.js'
import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import type { Place } from '../store/place.js'
import { openUri } from '../store/source.js'
import { parseUri } from '../store/uri.js'
import { expandBraces } from './braces.js'
import { globMatcher, hasGlob, literalPrefix } from './glob.js'
import { bucketPlace, localPlace, type InputFile, type InputPlace, type PlacedFile } from './file.js'
import { pairedShards, selectShards, shardOf, type AskedFormat } from './select.js'
import { duplicate, missing, noShards } from './trouble.js'

export type { InputFile, ShardFormat } from './file.js'
export type { AskedFormat } from './select.js'

export interface InputPattern {
  /**
   * A file, a folder or prefix, a pattern (`{00000..01242}`, `{a,b}`, `*`, `?`, `**`), or a list of such, one
   * a line: `@uris.txt`, or a name that ends in `.txt` or `.lst`.
   */
  readonly uri: string | readonly string[]
  readonly format?: AskedFormat | undefined
  /** Folder that relative local paths start from; the working directory by default. */
  readonly base?: string | undefined
}

/** From this many names in one folder on, listing the folder is cheaper than asking for each. */
const namesToList = 24

/**
 * The input's files in code unit order of their URIs, each once. Every name that is written out must exist,
 * every pattern must match. Throws `E_INPUT_MISSING` (with what was nearby), `E_INPUT_DUPLICATE`,
 * `E_INPUT_EMPTY`, `E_INPUT_TOO_MANY`.
 */
export async function listInputs(input: InputPattern, place?: Place): Promise<InputFile[]> {
  const format = input.format ?? 'auto'
  const places = new Map<string, Promise<InputPlace>>()
  const placeOf = (bucket: string) => {
    const known = places.get(bucket) ?? bucketPlace(bucket, place)
    places.set(bucket, known)
    return known
  }
  const written = typeof input.uri === 'string' ? [input.uri] : input.uri
  const lines = (await Promise.all(written.map((uri) => linesOf(uri, input.base, place)))).flat()
  const exact = new Map<InputPlace, Map<string, string>>()
  const found: InputFile[] = []
  for (const { uri, base } of lines) {
    const local = uri.startsWith('s3://') ? undefined : localPath(uri, base)
    if (local !== undefined && hasPattern(local)) {
      const literal = await localPlace.stat(local)
      if (literal) {
        found.push(shardOf(literal, told(format)))
        continue
      }
    }
    for (const name of expandBraces(local ?? uri)) {
      const parsed = name.startsWith('s3://') ? parseUri(name) : undefined
      const at = parsed?.scheme === 's3' ? await placeOf(parsed.bucket) : localPlace
      const key = parsed?.scheme === 's3' ? parsed.key : name
      if (hasGlob(key)) found.push(...(await matching(at, key, format, uri)))
      else if (await looksLikeFolder(at, key)) found.push(...(await below(at, key, format, uri)))
      else addExact(exact, at, key, uri)
    }
  }
  for (const [at, names] of exact) found.push(...(await resolveExact(at, names, format)))
  return inOrder(found)
}

function addExact(
  exact: Map<InputPlace, Map<string, string>>,
  at: InputPlace,
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
  place: Place | undefined,
): Promise<{ uri: string; base: string | undefined }[]> {
  const list = uri.startsWith('@')
    ? uri.slice(1)
    : /\.(txt|lst)$/i.test(uri) && !hasPattern(uri)
      ? uri
      : undefined
  if (list === undefined) return [{ uri, base }]
  const path = list.startsWith('s3://') ? list : localPath(list, base)
  const source = await openUri(path, place)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, source.size))
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
    return folder.startsWith('s3://') && !complete
      ? { uri: folder + line, base: undefined }
      : { uri: line, base: folder || base }
  })
}

function localPath(uri: string, base: string | undefined): string {
  const parsed = parseUri(uri)
  const path = uri.startsWith('file://') && parsed.scheme === 'file' ? parsed.path : uri
  const trailing = path.endsWith('/') ? '/' : ''
  return base === undefined || isAbsolute(path) ? path : join(base, path).replace(/\/$/, '') + trailing
}

function hasPattern(text: string): boolean {
  return hasGlob(text) || text.includes('{')
}

async function looksLikeFolder(at: InputPlace, name: string): Promise<boolean> {
  if (name === '' || name.endsWith('/')) return true
  // Shards carry an extension; asking for each of 10,000 whether it is a folder would be 10,000 requests.
  return !/\.[A-Za-z0-9]{1,8}$/.test(name) && (await at.stat(name)) === undefined && at.isFolder(name)
}

async function below(
  at: InputPlace,
  folder: string,
  format: AskedFormat,
  written: string,
): Promise<InputFile[]> {
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  const files = await collect(at.list(prefix))
  const shards = selectShards(files, format, prefix)
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
  at: InputPlace,
  pattern: string,
  format: AskedFormat,
  written: string,
): Promise<InputFile[]> {
  const prefix = literalPrefix(pattern)
  const matches = globMatcher(pattern)
  const depth = /\*\*/.test(pattern)
    ? undefined
    : pattern.slice(prefix.lastIndexOf('/') + 1).split('/').length - 1
  const files = (await collect(at.list(prefix, depth))).filter(({ name }) => matches(name))
  if (files.length === 0) throw await missing(at, [prefix], written, pattern)
  // A pattern that names the extension has said what it wants.
  const open = format === 'auto' && !/\.[A-Za-z0-9]+$/.test(pattern)
  return open ? pairedShards(files) : files.map((file) => shardOf(file, told(format)))
}

function told(format: AskedFormat): InputFile['format'] {
  return format === 'any' ? 'auto' : format
}

/** Names that are written out, folder by folder: few by asking, many by listing what they share. */
async function resolveExact(
  at: InputPlace,
  names: ReadonlyMap<string, string>,
  format: AskedFormat,
): Promise<InputFile[]> {
  const groups = await mapConcurrently(byFolder(names.keys()), 32, async (group) => {
    if (group.length < namesToList)
      return mapConcurrently(group, 16, async (name) => [name, await at.stat(name)] as const)
    const wanted = new Map<string, PlacedFile | undefined>(group.map((name) => [name, undefined]))
    for await (const file of at.list(sharedPrefix(group), 0))
      if (wanted.has(file.name)) wanted.set(file.name, file)
    return [...wanted]
  })
  const absent: string[] = []
  const found: InputFile[] = []
  for (const [name, file] of groups.flat()) {
    if (file) found.push(shardOf(file, told(format)))
    // What looks like a file name may be a folder after all.
    else if (names.size <= namesToList && (await at.isFolder(name)))
      found.push(...(await below(at, name, format, names.get(name) ?? name)))
    else absent.push(name)
  }
  if (absent.length > 0) throw await missing(at, absent, names.get(absent[0] as string) ?? '')
  return found
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

function sharedPrefix(names: readonly string[]): string {
  const [first = ''] = names
  let length = first.length
  for (const name of names) while (!name.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}

function inOrder(files: readonly InputFile[]): InputFile[] {
  const sorted = [...files].sort((a, b) => byCodeUnit(a.uri, b.uri))
  const byVersion = new Map<string, string>()
  sorted.forEach((file, i) => {
    if (sorted[i - 1]?.uri === file.uri) throw duplicate(file.uri, file.uri)
    if (file.uri.startsWith('s3://')) return
    // Locally the version holds the inode, so that two names of one file show.
    const other = byVersion.get(file.version)
    if (other !== undefined) throw duplicate(other, file.uri)
    byVersion.set(file.version, file.uri)
  })
  return sorted
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
