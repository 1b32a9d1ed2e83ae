import { parseJson } from './parse-json.js'
import { object, text } from './shape.js'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Path of a file or folder that ships with the package; works from both `src/` and `dist/`. */
export function packagePath(...parts: readonly string[]): string {
  return fileURLToPath(new URL(`../../${parts.join('/')}`, import.meta.url))
}

/** Coterie's own version, from its package.json. */
export function ownVersion(): string {
  const path = packagePath('package.json')
  return parseJson(readFileSync(path), path, object({ version: text })).version
}
