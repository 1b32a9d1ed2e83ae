import { PipelineError } from '../../../core/error.js'
import { systemCode } from '../errors.js'

const reasons: {
  readonly [code: string]: { readonly code: string; readonly message: string; readonly hint: string }
} = {
  ENOSPC: {
    code: 'E_DISK_FULL',
    message: 'the disk of the store is full',
    hint:
      'free some space and run again; what was committed is kept, ' +
      'and nothing half-written has a final name',
  },
  EDQUOT: {
    code: 'E_DISK_FULL',
    message: 'the quota of the store is used up',
    hint:
      'free some space and run again; what was committed is kept, ' +
      'and nothing half-written has a final name',
  },
  EROFS: {
    code: 'E_READ_ONLY',
    message: 'the store is on a read-only file system',
    hint: 'choose a writable store',
  },
  EACCES: {
    code: 'E_PERMISSION',
    message: 'this user has no permission to write to the store',
    hint: 'check the owner and mode of the folder and of those in it',
  },
  EPERM: {
    code: 'E_PERMISSION',
    message: 'the file system does not permit this change to the store',
    hint: 'check the owner, the mode and the attributes (`lsattr`) of the folder',
  },
  ENAMETOOLONG: {
    code: 'E_BAD_KEY',
    message: 'a name is too long for this file system',
    hint: 'choose a store folder with a shorter path',
  },
}

/** Turns system errors of a write into errors with a place and a hint; returns others unchanged. */
export function writeFailure(error: unknown, uri: string): unknown {
  const known = reasons[systemCode(error) ?? '']
  if (error instanceof PipelineError || !known) return error
  return new PipelineError({ ...known, place: uri, found: (error as Error).message, cause: error })
}
