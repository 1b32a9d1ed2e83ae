import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { temporaryFolder } from './folder.js'

/** A file system of its own in memory. For tests with `requirements.mounting`. */
export async function mounted(
  t: ExecutionContext,
  options: string,
): Promise<{ folder: string; remount(options: string): void }> {
  const folder = join(await temporaryFolder(t), 'mounted')
  await mkdir(folder)
  const mount = (...args: string[]) => spawnSync('mount', args, { encoding: 'utf8' })
  t.is(mount('-t', 'tmpfs', '-o', options, 'tmpfs', folder).status, 0)
  t.teardown(() => spawnSync('umount', [folder]))
  return { folder, remount: (changed) => void t.is(mount('-o', `remount,${changed}`, folder).status, 0) }
}
