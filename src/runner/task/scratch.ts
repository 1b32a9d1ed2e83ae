import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
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
