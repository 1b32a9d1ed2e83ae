import { loadPlugin } from '../plugins/load.js'
import { registerPlugins } from '../plugins/register.js'
import { pluginsPrefix, readStoredPlugin } from '../plugins/stored.js'
import { schedulers, type SchedulerTable } from '../schedulers/table.js'
import { builtinStages } from '../stages/builtin-stages.js'
import { type StageRegistry, stageRegistry } from '../stages/stage-registry.js'
import { openStorage, type RunSetup } from './storage.js'

export interface Extensions {
  readonly stages: StageRegistry
  readonly schedulers: SchedulerTable
}

/**
 * The stages and schedulers of a run. Every process of a run builds them from the setup, which is plain
 * data: plugins are loaded from the store, as they were when the run was planned.
 */
export async function extensionsOf(setup: RunSetup): Promise<Extensions> {
  if (!setup.plugins || setup.plugins.length === 0) return { stages: builtinStages, schedulers }
  const { store } = await openStorage(setup)
  const plugins = []
  for (const digest of setup.plugins)
    plugins.push(
      await loadPlugin(await readStoredPlugin(store, digest), `${store.uri}/${pluginsPrefix}${digest}`),
    )
  const added = registerPlugins(plugins)
  return {
    stages: stageRegistry([...builtinStages.all, ...added.stages]),
    schedulers: added.schedulers,
  }
}
