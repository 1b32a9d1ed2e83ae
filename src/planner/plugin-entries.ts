import { byCodeUnit, type Json } from '../core/json.js'
import { pluginOf } from '../core/plugin-name.js'
import type { Entry } from './fingerprint.js'
import type { Survey } from './types.js'

/** Entries for the plugins whose stages, encoders or rules these values name. */
export function pluginEntries(values: readonly Json[], { plugins = {} }: Survey): Entry[] {
  const used = new Set<string>()
  if (Object.keys(plugins).length > 0) for (const value of values) collectPlugins(value, used)
  return [...used]
    .filter((plugin) => plugins[plugin] !== undefined)
    .sort(byCodeUnit)
    .map((plugin) => ({ name: `plugin ${plugin}`, value: plugins[plugin] ?? 'none' }))
}

function collectPlugins(value: Json | undefined, into: Set<string>): void {
  if (typeof value === 'string') {
    const plugin = pluginOf(value)
    if (plugin !== undefined) into.add(plugin)
  } else if (value !== null && typeof value === 'object') {
    for (const item of Object.values(value)) collectPlugins(item, into)
  }
}
