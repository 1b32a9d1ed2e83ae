import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Compiles the sources as for a release and returns the entry point, so that benches do not measure tsx. */
export function builtCli(): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const built = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the sources do not compile\n${built.stdout}`)
  return join(root, 'dist/cli/main.js')
}

/** Path of a file in the repository. */
export function inRepository(path: string): string {
  return join(root, path)
}
