import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/**
 * Compiles the sources as a release would and returns the entry point, so that no bench measures a
 * transpiler.
 */
export function builtCli(): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const built = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the sources do not compile\n${built.stdout}`)
  return join(root, 'dist/cli/main.js')
}

/** A file that ships with the package or is in the repository. */
export function inRepository(path: string): string {
  return join(root, path)
}
