import type { BigIntStats } from 'node:fs'

/** Changes whenever a file may have other bytes: `inode:size:mtime` with the time in nanoseconds. */
export function fileVersion(stats: BigIntStats): string {
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}`
}

/**
 * The version and the change time, which tells of a file that was overwritten and given its old modification
 * time again.
 */
export function fileStamp(stats: BigIntStats): string {
  return `${fileVersion(stats)}:${stats.ctimeNs}`
}
