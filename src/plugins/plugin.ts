import { isPlainName } from '../core/plugin-name.js'
import type { Encoder, EncoderOptions } from '../math/encoder/encoder.js'
import type { RoutingRule } from '../routing/rule.js'
import type { SchedulerRow } from '../schedulers/row.js'
import type { AnyStage } from '../stages/define.js'
import { refused } from './bundle.js'

/**
 * What a plugin adds to Coterie: its module's default export. Names here are plain (lower-case letters,
 * digits and hyphens) and are used as `<plugin>:<name>`, so that names of two plugins, or of a plugin and a
 * later version of Coterie, never clash.
 */
export interface Plugin {
  /** Lower-case letters, digits and hyphens, at most 32. */
  readonly name: string
  /** Stages for pipelines: `stage: my-plugin:my-stage`. */
  readonly stages?: readonly AnyStage[] | undefined
  /** Caption encoders: `embed: { encoder: { model: my-plugin:my-encoder } }`. */
  readonly encoders?: readonly PluginEncoder[] | undefined
  /** Routing rules: `evaluate: { routing: [my-plugin:my-rule] }`, `route --rule my-plugin:my-rule`. */
  readonly rules?: readonly RoutingRule[] | undefined
  /** Batch schedulers: `executor: my-plugin:my-queue` in a profile. Unstable: the interface may change. */
  readonly schedulers?: readonly SchedulerRow[] | undefined
}

export interface PluginEncoder {
  readonly name: string
  /** Called in every process that embeds captions. A caption's vector must not depend on its neighbours. */
  open(options: EncoderOptions): Promise<Encoder>
}

export function definePlugin(plugin: Plugin): Plugin {
  return plugin
}

/** Required members of each kind of contribution. */
const requiredMembers = {
  stages: ['version', 'doc', 'takes', 'makes', 'options', 'bind'],
  encoders: ['open'],
  rules: ['label', 'doc', 'weighs', 'centres', 'weigh'],
  schedulers: ['member', 'doc', 'fields', 'job', 'open'],
} as const

/** Throws `E_PLUGIN` where a module's default export is not a plugin. */
export function checkedPlugin(value: unknown, place: string): Plugin {
  const plugin = membersOf(value)
  const { name } = plugin
  if (typeof name !== 'string' || !isPlainName(name)) {
    throw refused(place, 'the module does not export a plugin as its default', {
      expected: "export default definePlugin({ name: 'my-plugin', … }), the name of a-z, 0-9 and hyphens",
      found: typeof value === 'object' && value !== null ? `name: ${String(name)}` : typeof value,
    })
  }
  const known = ['name', ...Object.keys(requiredMembers)]
  const unknown = Object.keys(plugin).find((member) => !known.includes(member))
  if (unknown !== undefined) {
    throw refused(place, `the plugin ${name} has an unknown member`, {
      expected: known.join(', '),
      found: unknown,
    })
  }
  for (const [kind, members] of Object.entries(requiredMembers))
    checkContributions(plugin[kind], kind, members, place)
  return value as Plugin
}

function checkContributions(things: unknown, kind: string, members: readonly string[], place: string): void {
  if (things === undefined) return
  if (!Array.isArray(things)) throw refused(place, `\`${kind}\` of the plugin is not a list`)
  const names = new Set<string>()
  for (const thing of things) {
    const given = membersOf(thing)
    const name = String(given.name)
    if (typeof given.name !== 'string' || !isPlainName(name) || names.has(name)) {
      throw refused(place, `one of \`${kind}\` of the plugin has no valid, unique name`, {
        expected: 'a-z, 0-9 and hyphens, at most 32, without a colon',
        found: name,
      })
    }
    names.add(name)
    const missing = members.filter((member) => given[member] === undefined)
    if (missing.length > 0) {
      throw refused(place, `\`${name}\` of \`${kind}\` is not complete`, {
        found: `no ${missing.join(', ')}`,
        ...(kind === 'stages' ? { hint: 'create it with defineStage from coterie/stage' } : {}),
      })
    }
  }
}

function membersOf(value: unknown): { readonly [member: string]: unknown } {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
