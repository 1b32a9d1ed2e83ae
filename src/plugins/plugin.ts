import type { AnyStage } from '../stages/define.js'
import { refused } from './bundle.js'

/**
 * What a plugin adds to Coterie: its module's default export. Names are used as `<plugin>:<name>`, so that
 * two plugins, or a plugin and a later version of Coterie, never mean different things by one name.
 */
export interface Plugin {
  /** Lower-case letters, digits and dashes, at most 32. */
  readonly name: string
  /** Stages for pipelines: `stage: my-plugin:my-stage`. */
  readonly stages?: readonly AnyStage[] | undefined
}

export function definePlugin(plugin: Plugin): Plugin {
  return plugin
}

const namePattern = /^[a-z][a-z0-9-]{0,31}$/

/** Throws `E_PLUGIN` where a module's default export is not a plugin. */
export function checkedPlugin(value: unknown, place: string): Plugin {
  const { name, stages } = (value ?? {}) as { readonly name?: unknown; readonly stages?: unknown }
  if (typeof name !== 'string' || !namePattern.test(name)) {
    throw refused(place, 'the module does not export a plugin as its default', {
      expected: 'export default definePlugin({ name: "my-plugin", … }), the name of a-z, 0-9 and dashes',
      found: typeof value === 'object' && value !== null ? `name: ${String(name)}` : typeof value,
    })
  }
  for (const stage of Array.isArray(stages) ? stages : []) checkStage(stage, `${place} (${name})`)
  return value as Plugin
}

function checkStage(value: unknown, place: string): void {
  const stage = (value ?? {}) as { readonly [member: string]: unknown }
  if (typeof stage.name !== 'string' || !namePattern.test(stage.name)) {
    throw refused(place, 'a stage of this plugin has no usable name', { found: String(stage.name) })
  }
  const missing = ['version', 'doc', 'takes', 'makes', 'options', 'partition', 'estimate', 'load'].filter(
    (member) => stage[member] === undefined,
  )
  if (missing.length === 0) return
  throw refused(place, `the stage ${stage.name} is not complete`, {
    expected: 'what defineStage takes',
    found: `without ${missing.join(', ')}`,
  })
}
