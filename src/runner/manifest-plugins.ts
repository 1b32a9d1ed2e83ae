import { allowsPlugins } from '../manifest/profile.js'
import { type LoadPlugins, type NamedPlugin, refusePlugins } from '../manifest/plugins-member.js'
import { type PluginBundle, readPlugin, refused } from '../plugins/bundle.js'
import { loadPlugin } from '../plugins/load.js'
import type { Plugin } from '../plugins/plugin.js'
import { registerPlugins } from '../plugins/register.js'
import type { AnyStage } from '../stages/define.js'
import { schedulers, type SchedulerTable } from '../schedulers/table.js'

export interface TrustOptions {
  /** Load the plugins of the manifest: third-party code that runs with all rights of this process. */
  readonly trust?: boolean | undefined
  readonly profile?: string | undefined
}

/** The plugins of one manifest and what they add; complete once the manifest has been read. */
export interface ManifestPlugins {
  /** For `loadManifest`. */
  readonly load: LoadPlugins
  readonly bundles: readonly PluginBundle[]
  /** Plugin → digest, for fingerprints. */
  readonly digests: { readonly [name: string]: string }
  readonly schedulers: SchedulerTable
  readonly stages: readonly AnyStage[]
}

/**
 * Loads plugins only if the user allowed it, with `--trust` or by a profile named on the command line. A
 * profile named by the manifest does not count: it may come from the same untrusted author.
 */
export function manifestPlugins(options: TrustOptions): ManifestPlugins {
  const bundles: PluginBundle[] = []
  const digests: { [name: string]: string } = {}
  const found = {
    load,
    bundles,
    digests,
    schedulers: schedulers as SchedulerTable,
    stages: [] as readonly AnyStage[],
  }
  async function load(named: readonly NamedPlugin[]) {
    if (!options.trust && !(await allowsPlugins(options.profile))) return refusePlugins(named)
    const plugins: Plugin[] = []
    for (const { path, place } of named) {
      const bundle = await readPlugin(path)
      const plugin = await loadPlugin(bundle, place)
      const known = digests[plugin.name]
      if (known === bundle.digest) continue
      if (known !== undefined) throw refused(place, `two plugins are named ${plugin.name}`)
      digests[plugin.name] = bundle.digest
      bundles.push(bundle)
      plugins.push(plugin)
    }
    const added = registerPlugins(plugins)
    found.schedulers = added.schedulers
    found.stages = added.stages
    return added.stages
  }
  return found
}
