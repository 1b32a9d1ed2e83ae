import { join } from 'node:path'
import type { Files } from '../../../io/read-whole.js'
import type { Context } from '../tasks.js'

/**
 * The centres that this task continues from: those of the preceding task, or in the folder that `from` names.
 */
export function earlierFiles({ after, options, openUri }: Context<'extend'>): Files {
  const last = after.fit.at(-1)
  if (last) return last
  const folder = options.from!
  return {
    open: (name) =>
      openUri(folder.includes('://') ? `${folder.replace(/\/$/, '')}/${name}` : join(folder, name)),
  }
}
