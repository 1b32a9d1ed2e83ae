import { readdir } from 'node:fs/promises'
import { relative } from 'node:path'
import { byCodeUnit } from '../core/json.js'
import { packagePath } from '../core/package-path.js'

/**
 * Names such as `mode` are shipped with the package; anything with a slash or a file extension is a path
 * relative to the file that names it.
 */
export function isShippedName(value: string): boolean {
  return !value.includes('/') && !/\.ya?ml$/.test(value)
}

export function shippedFile(kind: 'pipelines' | 'profiles', name: string): string {
  return packagePath(kind, `${name}.yaml`)
}

export async function shippedNames(kind: 'pipelines' | 'profiles'): Promise<string[]> {
  const files = await readdir(packagePath(kind)).catch(() => [])
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort(byCodeUnit)
}

/** Path of an indirectly named file in messages: relative if it is below the working directory. */
export function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith('..') ? path : fromHere || path
}
