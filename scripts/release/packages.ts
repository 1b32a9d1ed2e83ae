import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface PackageFile {
  /** Path from the root: `package.json`, `packages/coterie-quickstart/package.json`. */
  readonly path: string
  readonly text: string
  readonly name: string
  readonly version: string
  readonly fields: ReadonlySet<string>
}

/** Required for publishing, so that users of the registry can find the source. */
const required = ['repository', 'homepage', 'bugs']

/** The root and every workspace in `packages/`. */
export async function readPackages(root: string): Promise<PackageFile[]> {
  const folders = await readdir(join(root, 'packages'), { withFileTypes: true }).catch(() => [])
  const workspaces = folders
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `packages/${name}/package.json`)
  return Promise.all(['package.json', ...workspaces.sort()].map((path) => readPackage(root, path)))
}

async function readPackage(root: string, path: string): Promise<PackageFile> {
  const text = await readFile(join(root, path), 'utf8')
  const parsed: unknown = JSON.parse(text)
  if (!isObject(parsed) || typeof parsed.name !== 'string' || typeof parsed.version !== 'string')
    throw new Error(`${path} has no name or no version`)
  return { path, text, name: parsed.name, version: parsed.version, fields: new Set(Object.keys(parsed)) }
}

/** `package.json: repository` for every required field that is missing. */
export function missingFields(packages: readonly PackageFile[]): string[] {
  return packages.flatMap(({ path, fields }) =>
    required.filter((field) => !fields.has(field)).map((field) => `${path}: ${field}`),
  )
}

/** Sets the version of a package and of its dependencies on the others; the rest of the file is unchanged. */
export function withVersion(file: PackageFile, version: string, packages: readonly PackageFile[]): string {
  const own = file.text.replace(/("version":\s*)"[^"]*"/, `$1"${version}"`)
  return packages.reduce(
    (text, { name, version: before }) => text.replaceAll(`"${name}": "${before}"`, `"${name}": "${version}"`),
    own,
  )
}

/** Sets the version of the root and of every workspace in the lock file. */
export function lockWithVersion(text: string, version: string, packages: readonly PackageFile[]): string {
  const lock: unknown = JSON.parse(text)
  if (!isObject(lock) || !isObject(lock.packages)) throw new Error('package-lock.json has no packages')
  lock.version = version
  for (const { path } of packages) {
    const entry = lock.packages[path === 'package.json' ? '' : path.replace(/\/package\.json$/, '')]
    if (!isObject(entry)) continue
    entry.version = version
    for (const field of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
      const named = entry[field]
      if (isObject(named))
        for (const { name, version: before } of packages) if (named[name] === before) named[name] = version
    }
  }
  return `${JSON.stringify(lock, undefined, 2)}\n`
}

function isObject(value: unknown): value is { [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
