import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './measure.js'

const requirementsFolder = join(import.meta.dirname, 'peers')

/** Folder of environments and generated inputs, kept between runs. */
export function benchCache(): string {
  return (
    process.env['COTERIE_BENCH_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'coterie-bench')
  )
}

/**
 * Returns the interpreter of a virtual environment with exactly the requirements of `bench/peers/FILE`. It is
 * created once per content of the file; an incomplete environment is not used.
 */
export async function peerPython(file: string, say: (line: string) => void): Promise<string> {
  const requirements = await readFile(join(requirementsFolder, file))
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12)
  const folder = join(benchCache(), 'peers', `${file.replace(/\.txt$/, '')}-${digest}`)
  const python = join(folder, 'bin', 'python')
  const finished = join(folder, 'finished')
  if (existsSync(finished)) return python
  say(`installing the peers of ${file} into ${folder}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await runProgram('python3', ['-m', 'venv', folder])
  await runProgram(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    join(requirementsFolder, file),
  ])
  await writeFile(`${finished}.part`, requirements)
  await rename(`${finished}.part`, finished)
  return python
}

/** `name version` of each pinned requirement, for the table. */
export async function peerVersions(file: string): Promise<readonly string[]> {
  const lines = (await readFile(join(requirementsFolder, file), 'utf8')).split('\n')
  return lines
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line.includes('=='))
    .map((line) => line.replace('==', ' '))
}
