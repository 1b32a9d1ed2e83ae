import { access, constants, statfs } from 'node:fs/promises'
import { systemCode } from '../store/errors.js'
import type { FileTimes } from '../store/local/version.js'

/** What is known about the file system of a device. */
export interface FileSystemTraits {
  /** Nobody can write to it here, so that its times are those of whoever made the image. */
  readonly frozen: boolean
  /** It keeps a change time of its own, which no program can set. */
  readonly keeps_change_time: boolean
}

/**
 * Whether the digest of a file may be remembered under its stamp: only if no change of its bytes can leave
 * the stamp as it is.
 */
export type Trust = (path: string, times: FileTimes) => Promise<boolean>

/** Asks about each device once. */
export function trustedTimes(traitsOf: (path: string) => Promise<FileSystemTraits> = readTraits): Trust {
  const devices = new Map<bigint, Promise<FileSystemTraits>>()
  return async (path, { dev, mtimeNs, ctimeNs }) => {
    // Times in whole milliseconds or seconds repeat: other bytes may be written within one step.
    if (ctimeNs % 1_000_000n === 0n) return false
    let traits = devices.get(dev)
    if (!traits) devices.set(dev, (traits = traitsOf(path)))
    const { frozen, keeps_change_time } = await traits
    return !frozen && (keeps_change_time || ctimeNs !== mtimeNs)
  }
}

/**
 * Linux magic numbers. A file that was written once has equal times also on these, which therefore says
 * nothing there; on others (FUSE, SMB, 9p) the change time is often only a copy of the modification time.
 */
const localTypes = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0xca451a4e, // bcachefs
  0x794c7630, // overlayfs
])

/** Servers keep the times of these, also where they are mounted for reading only. */
const networkTypes = new Set([
  0x6969, // NFS
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x00c36400, // Ceph
  0x19830326, // BeeGFS
])

async function readTraits(path: string): Promise<FileSystemTraits> {
  const { type } = await statfs(path).catch(() => ({ type: 0 }))
  const network = networkTypes.has(type)
  const readOnly = await access(path, constants.W_OK).then(
    () => false,
    (error: unknown) => systemCode(error) === 'EROFS',
  )
  return {
    frozen: readOnly && !network,
    keeps_change_time: network || localTypes.has(type) || process.platform !== 'linux',
  }
}
