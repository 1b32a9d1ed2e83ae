import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/**
 * Folder name of one attempt: tells which process of which host owns it, so that leftovers of killed ones can
 * be told.
 */
export function attemptName(host: string, pid: number, fingerprint: string): string {
  return `${host}.${pid}.${fingerprint.slice(0, 16)}`
}

/** Folder that the attempts of one task hand on. */
export function keepName(fingerprint: string): string {
  return `keep.${fingerprint.slice(0, 16)}`
}

/**
 * Removes what killed attempts of this host left behind. Attempts of other hosts and of living processes
 * stay.
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
