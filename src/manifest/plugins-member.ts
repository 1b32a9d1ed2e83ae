import { resolve } from 'node:path'
import { PipelineError } from '../core/error.js'
import { type Located, memberOf } from './yaml/located.js'
import type { StageLike } from './stage-like.js'

/** A plugin named by a manifest or pipeline. */
export interface NamedPlugin {
  /** Absolute. */
  readonly path: string
  /** Where it is named: `manifest.yaml:3:12`. */
  readonly place: string
}

/** Loads plugins, if that is allowed, and returns the stages they add. */
export type LoadPlugins = (named: readonly NamedPlugin[]) => Promise<readonly StageLike[]>

/**
 * Reads the member `plugins` of a file before the file is checked, since its stages are only known with them.
 * Items that are not text are left for the check to report.
 */
export function pluginsNamed(root: Located, folder: string): readonly NamedPlugin[] {
  const member = memberOf(root, 'plugins')?.value
  return (member?.kind === 'list' ? member.items : []).flatMap((item) => {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') return []
    const { source, line, column } = item.at
    return [{ path: resolve(folder, item.value), place: `${source.name}:${line}:${column}` }]
  })
}

/** For callers that must not load code. */
export async function refusePlugins(named: readonly NamedPlugin[]): Promise<readonly StageLike[]> {
  throw new PipelineError({
    code: 'E_PLUGIN_NOT_TRUSTED',
    failure: 'usage',
    message: 'the manifest names plugins, which are not trusted yet',
    place: named[0]?.place,
    found: named.map(({ path }) => path).join(', '),
    hint:
      'review their code, then pass --trust, ' +
      'or set `allow_plugins: true` in the profile that --profile names',
  })
}
