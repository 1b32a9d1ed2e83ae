import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { byCodeUnit } from '../core/json.js'

/** The package's own folder: the same distance from `src/manifest` as from `dist/manifest`. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

/** `mode` is shipped with the package; anything with a slash or a file ending is a path beside the file that names it. */
export function isShippedName(value: string): boolean {
  return !value.includes('/') && !/\.ya?ml$/.test(value)
}

export function shippedFile(kind: 'pipelines' | 'profiles', name: string): string {
  return join(packageFolder, kind, `${name}.yaml`)
}

export async function shippedNames(kind: 'pipelines' | 'profiles'): Promise<string[]> {
  const files = await readdir(join(packageFolder, kind)).catch(() => [])
  return files.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -'.yaml'.length)).sort(byCodeUnit)
}

/** What messages call a file that was found by way of another. */
export function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith('..') ? path : fromHere || path
}
