import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environments, folderOf, requirementsOf, type Environment } from './cache.js'

/**
 * Creates a virtual environment for each of `test/readers/*.txt`. What cannot be installed is reported, and
 * its tests are skipped.
 */
const ok = environments.map(install)
process.exitCode = process.argv.includes('--all') && ok.includes(false) ? 1 : 0

function install(name: Environment): boolean {
  const folder = folderOf(name)
  const done = join(folder, 'finished')
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true })
    const made =
      run('python3', ['-m', 'venv', folder]) &&
      run(join(folder, 'bin', 'pip'), [
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '-r',
        requirementsOf(name),
      ])
    if (!made) {
      rmSync(folder, { recursive: true, force: true })
      return false
    }
    writeFileSync(done, '')
  }
  console.error(`readers: ${name} is installed`)
  return true
}

function run(program: string, args: string[]): boolean {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 2, 2], timeout: 15 * 60_000 })
  if (status !== 0) console.error(`readers: ${program} ${args[0]} failed${error ? `: ${error.message}` : ''}`)
  return status === 0
}
