import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../core/clock.js'
import { processSpace } from '../../core/process-space.js'

/**
 * Folder name of one attempt. It names the process that owns the folder, and the space of its id, so that
 * leftovers of killed processes can be recognised.
 */
export function attemptName(space: string, pid: number, fingerprint: string): string {
  return `${space}.${pid}.${fingerprint.slice(0, 16)}`
}

/** Name of the folder that the attempts of one task share. */
export function keepName(fingerprint: string): string {
  return `keep.${fingerprint.slice(0, 16)}`
}

/**
 * Removes the leftovers of killed attempts of this process space. Those of other spaces and of running
 * processes are kept.
 */
export async function clearScratch(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const space = processSpace()
  for (const name of names) {
    const owner = /^(.*)\.(\d+)\.[0-9a-f]{16}$/.exec(name)
    if (owner && owner[1] === space && !isAlive(Number(owner[2])))
      await rm(join(folder, name), { recursive: true, force: true })
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Removes folders of attempts, of anybody, in which nothing was written for at least this long and whose
 * task no run in progress relies on. Those that may not be removed are left. Returns their names.
 */
export async function sweepScratch(
  folder: string,
  older_than_ms: number,
  in_use: ReadonlySet<string>,
  clock: Clock = systemClock,
): Promise<string[]> {
  const used = new Set([...in_use].map((fingerprint) => fingerprint.slice(0, 16)))
  const removed: string[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    const task = /^(?:keep|.*\.\d+)\.([0-9a-f]{16})$/.exec(name)?.[1]
    if (task === undefined || used.has(task)) continue
    const path = join(folder, name)
    if (clock.now() - (await lastWrite(path)) < older_than_ms) continue
    const outcome = await rm(path, { recursive: true, force: true }).catch(() => 'kept')
    if (outcome !== 'kept') removed.push(name)
  }
  return removed
}

/** When anything in a folder was last written, in Unix milliseconds; links are not followed. */
async function lastWrite(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined)
  if (!stats) return 0
  let last = Math.max(stats.mtimeMs, stats.ctimeMs)
  if (!stats.isDirectory()) return last
  // A folder that cannot be listed counts as in use.
  const names = await readdir(path).catch(() => undefined)
  if (!names) return Infinity
  for (const name of names) last = Math.max(last, await lastWrite(join(path, name)))
  return last
}
