import type { BigIntStats } from 'node:fs'

/** Changes whenever the bytes of a file may have changed: `inode:size:mtime`, in nanoseconds. */
export function fileVersion(stats: BigIntStats): string {
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}`
}

/** The part of a stamp that says whether it can be trusted. */
export interface FileTimes {
  readonly dev: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/**
 * The version, the change time, which reveals a file that was overwritten and whose modification time was
 * then restored, and the device: two images of one folder may have equal inodes and times.
 */
export function fileStamp(stats: BigIntStats): string {
  return `${fileVersion(stats)}:${stats.ctimeNs}:${stats.dev}`
}

export function timesIn(stamp: string): FileTimes {
  const [, , mtimeNs = '0', ctimeNs = '0', dev = '0'] = stamp.split(':')
  return { dev: BigInt(dev), mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs) }
}
