import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Reads a JSON file of an installed package. */
export function packageJson<T>(file: string): T {
  return JSON.parse(readFileSync(require.resolve(file), 'utf8')) as T
}

/**
 * `name@version` as installed. Packages that hide their `package.json` are found through their entry point.
 */
export function packageIdentity(name: string): string {
  const entry = require.resolve(name)
  const marker = `/node_modules/${name}/`
  const root = entry
    .replaceAll('\\', '/')
    .slice(0, entry.replaceAll('\\', '/').lastIndexOf(marker) + marker.length)
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }
  return `${name}@${version}`
}
