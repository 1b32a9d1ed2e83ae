import { link, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PipelineError } from '../../../core/error.js'
import { systemCode } from '../errors.js'
import { makeFolder } from './folder.js'

const noHardLinkCodes = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS'])

/**
 * Gives a finished file its name, unless the name is taken. Throws `E_NO_HARD_LINK` where the file system
 * cannot link the file.
 */
export async function linkOnce(from: string, path: string): Promise<'created' | 'exists'> {
  for (let attempt = 0; ; attempt++) {
    await makeFolder(dirname(path))
    try {
      await link(from, path)
      return 'created'
    } catch (error) {
      const code = systemCode(error) ?? ''
      if (code === 'EEXIST') return 'exists'
      // Another process emptied and removed the folder in between.
      if (code === 'ENOENT' && attempt < 8) continue
      throw noHardLinkCodes.has(code) ? noHardLink(path, error) : error
    }
  }
}

export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([
    stat(a, { bigint: true }),
    stat(b, { bigint: true }).catch(() => undefined),
  ])
  return other !== undefined && one.ino === other.ino && one.dev === other.dev
}

/** Removes a file; a missing one is no error. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

function noHardLink(path: string, cause: unknown): PipelineError {
  return new PipelineError({
    code: 'E_NO_HARD_LINK',
    message: 'this file system does not support hard links, so concurrent runs could overwrite each other',
    place: path,
    hint:
      'choose a store folder on a single file system with hard links (ext4, xfs, NFS, …), ' +
      'or an S3 store',
    cause,
  })
}
