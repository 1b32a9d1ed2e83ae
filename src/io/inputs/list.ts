import { commonFolder } from '../../core/common-prefix.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import { backendOf, locate, settingsFor, type StoreSettings } from '../store/backends.js'
import type { FileTree } from '../store/tree.js'
import { expandBraces } from './braces.js'
import { addExact, type ExactNames, resolveExact } from './exact.js'
import type { InputFile } from './file.js'
import { below, matching } from './folders.js'
import { hasGlob, hasPattern } from './glob.js'
import { explicitFormat, type Limits, limitsOf, type LimitsRequest } from './limits.js'
import { type InputLine, linesOf } from './lines.js'
import { placed } from './partitions.js'
import { type RequestedFormat, shardOf } from './select.js'
import { allOf, duplicate, inStore, refuseUnreadable } from './trouble.js'
import { refuseTwoEndings } from './two-endings.js'

export type { InputFile } from './file.js'
export type { RequestedFormat } from './select.js'

export interface InputPattern extends LimitsRequest {
  /**
   * A file, a folder or prefix, a pattern (`{00000..01242}`, `{a,b}`, `*`, `?`, `**`), or a list of these,
   * one per line: `@uris.txt`, or a name that ends in `.txt` or `.lst`.
   */
  readonly uri: string | readonly string[]
  readonly format?: RequestedFormat | undefined
  /** Whether `.txt` and `.lst` files are lists of inputs, as they are by default, or inputs themselves. */
  readonly lists?: boolean | undefined
  /** Folder that relative local paths start from; the working directory by default. */
  readonly base?: string | undefined
}

/**
 * The input's files in code unit order of their URIs, without duplicates. Every literal name must exist,
 * every pattern must match. Throws `E_INPUT_UNREADABLE` with everything that cannot be read, otherwise
 * `E_INPUT_MISSING` (with nearby names), `E_INPUT_DUPLICATE`, `E_INPUT_EMPTY`, `E_INPUT_TOO_MANY`,
 * `E_INPUT_IN_STORE`, with those of all patterns. `E_INPUT_AMBIGUOUS`: one stem with two endings.
 */
export async function listInputs(input: InputPattern, settings?: StoreSettings): Promise<InputFile[]> {
  const format = input.format ?? 'auto'
  const trees = new Trees(settings)
  const limits = limitsOf(input, format)
  const exists = async (path: string) => {
    const { tree, name } = await trees.at(path)
    return (await tree.stat(name)) !== undefined
  }
  const written = typeof input.uri === 'string' ? [input.uri] : input.uri
  const lines = await mapConcurrently(written, 16, async (uri): Promise<InputLine[]> =>
    input.lists === false ? [{ uri, base: input.base }] : linesOf(uri, input.base, settings, exists),
  )
  const exact: ExactNames = new Map()
  const files: InputFile[] = []
  const troubles: PipelineError[] = []
  const attempt = async (list: () => Promise<readonly InputFile[]>) => {
    try {
      for (const file of await list()) files.push(file)
    } catch (error) {
      if (!(error instanceof PipelineError) || !/^E_INPUT_(MISSING|EMPTY|IN_STORE)$/.test(error.code))
        throw error
      troubles.push(error)
    }
  }
  for (const line of lines.flat()) {
    for await (const list of listings(line, trees, limits, exact)) await attempt(list)
  }
  for (const [tree, names] of exact) await attempt(() => resolveExact(tree, names, limits))
  refuseUnreadable(limits.unreadable)
  if (troubles.length > 0) throw allOf(troubles)
  for (const { uri } of files) limits.skipped?.taken(uri)
  if (format !== 'any') refuseTwoEndings(files)
  return inOrder(files)
}

/** Yields what lists the files of one line; names without a pattern are added to `exact`. */
async function* listings(
  line: InputLine,
  trees: Trees,
  limits: Limits,
  exact: ExactNames,
): AsyncGenerator<() => Promise<readonly InputFile[]>> {
  const { uri, base } = line
  const backend = backendOf(uri)
  const complete = backend.complete(uri, base)
  const root = line.folder ?? unwritten(complete, line)
  // The name of a local file may contain braces or stars, and checking is cheap.
  if (backend.local && hasPattern(complete)) {
    const { tree, name } = await trees.at(complete)
    const literal = await tree.stat(name)
    if (literal) {
      yield async () => {
        if (await limits.inStore(literal)) throw inStore(uri, literal.uri)
        return placed([shardOf(literal, explicitFormat(limits.format))], root)
      }
      return
    }
  }
  const literal = backend.local ? await literalFolder(trees, complete) : ''
  for (const one of expandBraces(complete.slice(literal.length))) {
    const { tree, name } = await trees.at(literal + one)
    const folder = literal === '' ? '' : name.slice(0, name.length - one.length)
    const pattern = name.slice(folder.length)
    if (hasGlob(pattern))
      yield async () => placed(await matching(tree, { folder, pattern }, limits, uri), root)
    else if (await looksLikeFolder(tree, name))
      yield async () => placed(await below(tree, name, limits, uri), root)
    else addExact(exact, tree, name, { uri, root })
  }
}

/**
 * What partitions are below: of a relative path the folder that it starts from, so that a manifest that moves
 * with its crawl finds the same ones.
 */
function unwritten(complete: string, { uri, base }: InputLine): string {
  if (base === undefined || complete === uri) return ''
  return commonFolder([base.endsWith('/') ? base : `${base}/`, complete])
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

async function looksLikeFolder(at: FileTree, name: string): Promise<boolean> {
  if (name === '' || name.endsWith('/')) return true
  // Shards have an extension; checking 10,000 of them for being a folder would take 10,000 requests.
  return !/\.[A-Za-z0-9]{1,8}$/.test(name) && (await at.stat(name)) === undefined && at.isFolder(name)
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
