import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Programs of other projects that read the output of `write`; `test/readers/NAME.txt` pins them. */
export const environments = ['readers', 'img2dataset'] as const
export type Environment = (typeof environments)[number]

export function requirementsOf(name: Environment): string {
  return join(import.meta.dirname, '../../test/readers', `${name}.txt`)
}

/** Kept between checkouts, one per content of the requirements. */
export function folderOf(name: Environment): string {
  const digest = createHash('sha256')
    .update(readFileSync(requirementsOf(name)))
    .digest('hex')
    .slice(0, 12)
  return join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'coterie',
    'readers',
    `${name}-${digest}`,
  )
}

/** Path of a program in a complete environment, or undefined. */
export function programOf(name: Environment, program: string): string | undefined {
  const folder = folderOf(name)
  return existsSync(join(folder, 'finished')) ? join(folder, 'bin', program) : undefined
}
