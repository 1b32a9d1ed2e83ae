import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { temporaryFolder } from './folder.js'

/** A file system of its own in memory; undefined, with a word, where mounting is not allowed. */
export async function mounted(
  t: ExecutionContext,
  options: string,
): Promise<{ folder: string; remount(options: string): void } | undefined> {
  const folder = join(await temporaryFolder(t), 'mounted')
  await mkdir(folder)
  const mount = (...args: string[]) => spawnSync('mount', args, { encoding: 'utf8' })
  if (mount('-t', 'tmpfs', '-o', options, 'tmpfs', folder).status !== 0) {
    t.log('skipped: this user may not mount a file system')
    return undefined
  }
  t.teardown(() => spawnSync('umount', [folder]))
  return { folder, remount: (changed) => void t.is(mount('-o', `remount,${changed}`, folder).status, 0) }
}
