import { PipelineError } from '../../core/error.js'
import { openManifest } from '../open-manifest.js'
import type { PrepareOptions } from '../prepare.js'
import { type FoundLock, findLock } from './location.js'

/**
 * The lock to work from where planning failed. Throws that failure if it is due to the manifest or the
 * command, or if there is no lock.
 */
export async function lockDespite(
  failure: unknown,
  path: string,
  options: PrepareOptions,
): Promise<FoundLock> {
  if (!(failure instanceof PipelineError) || failure.failure === 'usage') throw failure
  const found = await findLock(path, options).catch(() => {
    throw failure
  })
  // A manifest with mistakes is refused here as before.
  await openManifest(path, options)
  return found
}
