import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/**
 * Folder name of one attempt. It names the host and process that own the folder, so that leftovers of
 * killed processes can be recognised.
 */
export function attemptName(host: string, pid: number, fingerprint: string): string {
  return `${host}.${pid}.${fingerprint.slice(0, 16)}`
}

/** Name of the folder that the attempts of one task share. */
export function keepName(fingerprint: string): string {
  return `keep.${fingerprint.slice(0, 16)}`
}

/**
 * Removes the leftovers of killed attempts on this host. Attempts of other hosts and of running processes
 * are kept.
 */
export async function clearScratch(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const owner = /^(.*)\.(\d+)\.[0-9a-f]{16}$/.exec(name)
    if (owner && owner[1] === hostname() && !isAlive(Number(owner[2])))
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
