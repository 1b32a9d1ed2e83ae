import type { BigIntStats } from 'node:fs'

/** Changes whenever the bytes of a file may have changed: `inode:size:mtime`, in nanoseconds. */
export function fileVersion(stats: BigIntStats): string {
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}`
}

/**
 * The version and the change time, which reveals a file that was overwritten and whose modification time
 * was then restored.
 */
export function fileStamp(stats: BigIntStats): string {
  return `${fileVersion(stats)}:${stats.ctimeNs}`
}
