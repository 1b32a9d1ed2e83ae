import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { byCodeUnit } from '../core/json.js'
import { digestOfJson, sha256 } from '../core/digest.js'
import { PipelineError } from '../core/error.js'
import { importsOf } from './imports.js'

/** All files that loading a plugin reaches, found without running any of its code. */
export interface PluginBundle {
  /** SHA-256 of entry, names and contents; part of fingerprints. */
  readonly digest: string
  /** The module to import, one of `files`. */
  readonly entry: string
  /** In code unit order of their names. */
  readonly files: readonly PluginFile[]
}

export interface PluginFile {
  /** Relative to the plugin, `/`-separated. */
  readonly name: string
  readonly sha256: string
  readonly bytes: Uint8Array
}

const maxBytes = 20 << 20

/**
 * Reads a plugin: one ES module that imports only `node:` and `coterie/*`, or a folder with a
 * `package.json` whose modules may also import each other. The imports are walked statically, so the digest
 * covers all code that loading reaches. Throws `E_PLUGIN` for anything that cannot be walked: dynamic
 * `import()`, `require`, imports of other packages, files outside the folder, more than 20 MB.
 */
export async function readPlugin(path: string): Promise<PluginBundle> {
  const at = resolve(path)
  const found = await stat(at).catch(() => undefined)
  if (!found) throw refused(path, 'there is no such plugin', { hint: 'a path relative to the manifest' })
  const { root, entry, packageFile } = found.isDirectory()
    ? await entryOfFolder(at)
    : { root: dirname(at), entry: basename(at), packageFile: moduleMarker }
  const walk = new Walk(root, found.isDirectory())
  await walk.module(entry)
  walk.add('package.json', packageFile)
  return bundleOf(
    entry,
    [...walk.files].map(([name, bytes]) => ({ name, bytes })),
  )
}

/** The same bundle from files that were read elsewhere; its digest is computed, never believed. */
export function bundleOf(
  entry: string,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): PluginBundle {
  const hashed = files
    .map(({ name, bytes }): PluginFile => ({ name, bytes, sha256: sha256(bytes) }))
    .sort((a, b) => byCodeUnit(a.name, b.name))
  const digest = digestOfJson({ entry, files: hashed.map((file) => [file.name, file.sha256]) })
  return { digest, entry, files: hashed }
}

/** Makes Node read a single `.js` file as an ES module wherever it is put. */
const moduleMarker = new TextEncoder().encode('{"type":"module"}\n')

async function entryOfFolder(folder: string) {
  const path = join(folder, 'package.json')
  const packageFile = await readFile(path).catch(() => undefined)
  if (!packageFile) throw refused(folder, 'a plugin folder needs a package.json')
  const described = parsePackage(path, packageFile)
  return {
    root: folder,
    entry: entryNamed(described) ?? 'index.js',
    packageFile: new Uint8Array(packageFile),
  }
}

function parsePackage(path: string, bytes: Uint8Array): { readonly [member: string]: unknown } {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // Refused below.
  }
  throw refused(path, 'package.json is not a JSON object')
}

/** `exports` (its `.`, and there `import` or `default`) goes before `main`, as in Node. */
function entryNamed({ exports, main }: { readonly [member: string]: unknown }): string | undefined {
  let value: unknown = exports
  for (let depth = 0; typeof value === 'object' && value !== null && depth < 4; depth++) {
    const { '.': root, import: asModule, node, default: otherwise } = value as { [key: string]: unknown }
    value = root ?? asModule ?? node ?? otherwise
  }
  const named = typeof value === 'string' ? value : typeof main === 'string' ? main : undefined
  return named?.replace(/^\.\//, '')
}

/** Follows imports from module to module within one folder. */
class Walk {
  readonly files = new Map<string, Uint8Array>()
  readonly root: string
  /** Only a package folder may import its own files; a single module is on its own. */
  readonly mayImportFiles: boolean
  #bytes = 0

  constructor(root: string, mayImportFiles: boolean) {
    this.root = root
    this.mayImportFiles = mayImportFiles
  }

  add(name: string, bytes: Uint8Array): void {
    this.#bytes += bytes.byteLength - (this.files.get(name)?.byteLength ?? 0)
    this.files.set(name, bytes)
    if (this.#bytes <= maxBytes) return
    throw refused(this.root, 'the plugin is too large', { expected: 'at most 20 MB in all' })
  }

  async module(name: string): Promise<void> {
    const waiting = [name]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (this.files.has(next)) continue
      const bytes = await this.#read(next)
      this.add(next, bytes)
      if (next.endsWith('.json')) continue
      for (const { specifier, line } of await importsOf(join(this.root, next), bytes)) {
        const target = this.#target(next, specifier, line)
        if (target !== undefined) waiting.push(target)
      }
    }
  }

  /** The file that an import names; undefined for what Node and Coterie bring. */
  #target(from: string, specifier: string, line: number): string | undefined {
    const place = `${join(this.root, from)}:${line}`
    if (/^(node:module|module)$/.test(specifier)) {
      throw refused(place, 'a plugin cannot load modules behind the back of its digest', { found: specifier })
    }
    if (specifier.startsWith('node:') || /^coterie(\/|$)/.test(specifier)) return undefined
    if (/^\.\.?\//.test(specifier) && this.mayImportFiles) {
      const target = relative(this.root, resolve(this.root, dirname(from), specifier))
        .split(sep)
        .join('/')
      if (!target.startsWith('../') && /\.(js|mjs|json)$/.test(target)) return target
      throw refused(place, 'this import leaves the plugin or is no JavaScript module', {
        expected: 'a .js, .mjs or .json file within the folder of the plugin',
        found: specifier,
      })
    }
    throw refused(place, `a plugin cannot import ${specifier}`, {
      expected: this.mayImportFiles
        ? '`node:…`, `coterie/…` or a file of the plugin'
        : '`node:…` or `coterie/…`',
      hint: this.mayImportFiles
        ? 'bundle what it depends on into the folder (for example with `esbuild --bundle --format=esm`)'
        : 'make it a folder with a package.json, or bundle it into one file',
    })
  }

  async #read(name: string): Promise<Uint8Array> {
    const path = join(this.root, name)
    const real = await realpath(path).catch(() => undefined)
    if (real === undefined) throw refused(path, 'a file that the plugin imports is missing')
    if (real !== join(await realpath(this.root), name)) {
      throw refused(path, 'a file of the plugin is a link to somewhere else', { found: real })
    }
    return new Uint8Array(await readFile(real))
  }
}

export function refused(
  place: string,
  message: string,
  more: { expected?: string; found?: string; hint?: string; cause?: unknown } = {},
): PipelineError {
  return new PipelineError({ code: 'E_PLUGIN', failure: 'manifest', message, place, ...more })
}
