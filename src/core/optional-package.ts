import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sha256 } from './digest.js'
import { PipelineError } from './error.js'
import { byCodeUnit } from './json.js'

/**
 * A package that Coterie can use but does not depend on. It is resolved from the working directory (the
 * application) first, then from Coterie's own folder, and never downloaded.
 */
export interface InstalledPackage {
  readonly name: string
  readonly version: string
  /** Its root, symbolic links resolved. */
  readonly folder: string
  /** The folder whose `node_modules` has it. */
  readonly parent: string
}

/** For the error message about a missing package. */
export interface PackagePurpose {
  /** What needs it, such as `` `coterie quickstart` ``. */
  readonly purpose: string
  /** Other packages for the same purpose, so that one command installs all of them. */
  readonly with?: readonly string[]
}

const ownFolder = dirname(fileURLToPath(import.meta.url))
const found = new Map<string, InstalledPackage | undefined>()

/** Returns the installed package, or undefined. Cached: packages do not change during a run. */
export function findPackage(name: string): InstalledPackage | undefined {
  const key = `${process.cwd()}\n${name}`
  if (!found.has(key)) found.set(key, findFrom(process.cwd(), name) ?? findFrom(ownFolder, name))
  return found.get(key)
}

/** A dependency of Coterie, as installed with it. */
export function ownPackage(name: string): InstalledPackage | undefined {
  return findFrom(ownFolder, name)
}

/** Throws `E_PACKAGE_MISSING` (exit code 2), which names the command that installs the package. */
export function requirePackage(name: string, wanted: PackagePurpose): InstalledPackage {
  const installed = findPackage(name)
  if (installed) return installed
  throw new PipelineError({
    code: 'E_PACKAGE_MISSING',
    failure: 'usage',
    message: `${wanted.purpose} needs the package ${name}, which is not installed`,
    hint: `run \`npm install ${[name, ...(wanted.with ?? [])].join(' ')}\``,
  })
}

/** Imports an installed package. For CommonJS packages, returns `module.exports`. */
export async function importPackage<T>({ name, parent }: InstalledPackage): Promise<T> {
  const entry = createRequire(join(parent, 'package.json')).resolve(name)
  const module = (await import(pathToFileURL(entry).href)) as { readonly default?: unknown }
  return (module.default ?? module) as T
}

/** SHA-256 over the names and contents of all files of a package, without its dependencies. */
export function digestOfPackage({ folder }: InstalledPackage): string {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((name) => !/(^|\/)node_modules\//.test(name))
    .sort(byCodeUnit)
  return sha256(names.map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`).join(''))
}

function findFrom(start: string, name: string): InstalledPackage | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const root = join(folder, 'node_modules', name)
    const version = versionIn(join(root, 'package.json'))
    if (version !== undefined) return { name, version, folder: realpathSync(root), parent: folder }
    if (dirname(folder) === folder) return undefined
  }
}

function versionIn(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version?: unknown }
  return typeof version === 'string' ? version : undefined
}
