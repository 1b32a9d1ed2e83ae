import { PipelineError } from '../../core/error.js'

/** Folder of unfinished files; no key may begin with it. */
export const temporaryFolder = '_tmp'

/**
 * Refuses keys that a backend would store under another name: empty, `.` and `..` segments, NUL,
 * backslashes, `_tmp/`.
 */
export function checkKey(key: string, uri: string): void {
  const segments = key.split('/')
  const bad = segments.some((segment) => segment === '' || segment === '.' || segment === '..')
  if (
    !bad &&
    !key.includes('\0') &&
    !key.includes('\\') &&
    segments[0] !== temporaryFolder &&
    Buffer.byteLength(key) <= 900
  )
    return
  throw new PipelineError({
    code: 'E_BAD_KEY',
    message: 'this name cannot be used in a store',
    place: uri,
    expected:
      'a relative name of at most 900 bytes with `/` between non-empty segments, without `.`, `..`, ' +
      'NUL or backslashes, not below `_tmp/`',
    found: JSON.stringify(key.slice(0, 200)),
  })
}

/** A prefix is a key or the beginning of one; empty means everything. */
export function checkPrefix(prefix: string, uri: string): void {
  const folders = prefix.split('/').slice(0, -1)
  if (
    !prefix.includes('\0') &&
    !prefix.includes('\\') &&
    !folders.some((segment) => segment === '' || segment === '.' || segment === '..')
  )
    return
  const found = JSON.stringify(prefix.slice(0, 200))
  throw new PipelineError({
    code: 'E_BAD_KEY',
    message: 'this prefix cannot be listed in a store',
    place: uri,
    found,
  })
}
