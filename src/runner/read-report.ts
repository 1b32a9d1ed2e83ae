import { PipelineError } from '../core/error.js'
import { lockedPage, type ReadPage } from './lock/locked-page.js'
import { findLock } from './lock/location.js'
import { openHead } from './open-manifest.js'
import type { PrepareOptions } from './prepare.js'

/**
 * The page of the finished run that the lock of this `--set` and `--until` pins. Throws `E_NO_LOCK`, or
 * `E_NOT_FINISHED` if that run made no page.
 */
export async function readReport(path: string, options: PrepareOptions): Promise<ReadPage> {
  const { lock } = await findLock(path, options)
  const { setup } = await openHead(path, options)
  const read = await lockedPage(lock, setup)
  if (read) return read
  throw new PipelineError({
    code: 'E_NOT_FINISHED',
    failure: 'usage',
    message: 'the finished run has no report in this store',
    place: path,
    found: lock.stages.map(({ node }) => node).join(', '),
    hint: `coterie run ${path}`,
  })
}
