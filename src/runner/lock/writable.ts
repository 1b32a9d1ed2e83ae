import { randomUUID } from 'node:crypto'
import { open, readFile, stat, unlink } from 'node:fs/promises'
import { PipelineError } from '../../core/error.js'
import { parseJson } from '../../core/parse-json.js'
import { anyJson, map } from '../../core/shape.js'
import { systemCode } from '../../io/store/errors.js'

/**
 * Refuses a location that cannot be written, before a run spends anything: makes a file in its folder and
 * removes it. Throws `E_LOCK_LOCATION`; also for a file that is no lock, which a lock would replace.
 */
export async function requireWritableLock(path: string): Promise<void> {
  if (await stat(path).catch(() => undefined)) await requireLockFile(path)
  const probe = `${path}.${randomUUID()}.tmp`
  try {
    await (await open(probe, 'wx')).close()
    await unlink(probe)
  } catch (cause) {
    throw noPlaceForLock(path, cause)
  }
}

async function requireLockFile(path: string): Promise<void> {
  const lock = await readFile(path, 'utf8')
    .then((text) => parseJson(text, path, map(anyJson)))
    .catch(() => undefined)
  if (lock && 'lock' in lock) return
  throw new PipelineError({
    code: 'E_LOCK_LOCATION',
    failure: 'usage',
    message: 'the lock would replace something that is not a lock',
    place: path,
    hint: 'name another file with --lock, or move this one away',
  })
}

export function noPlaceForLock(path: string, cause: unknown): PipelineError {
  return new PipelineError({
    code: 'E_LOCK_LOCATION',
    failure: 'usage',
    message: 'the lock cannot be written here',
    place: path,
    found: systemCode(cause) ?? String(cause),
    hint: 'name a file in a folder that you may write: --lock PATH',
    cause,
  })
}
