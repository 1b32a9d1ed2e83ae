import { addEncoder } from '../math/encoder/open.js'
import { addRule } from '../routing/registry.js'
import type { SchedulerRow } from '../schedulers/row.js'
import { schedulers, type SchedulerTable } from '../schedulers/table.js'
import type { AnyStage } from '../stages/define.js'
import type { Plugin } from './plugin.js'

const known = new Map<Plugin, ReturnType<typeof named>>()

/**
 * Registers plugins under their full names. Encoders and rules are then known to this process; stages and
 * schedulers are returned.
 */
export function registerPlugins(plugins: readonly Plugin[]): {
  readonly stages: readonly AnyStage[]
  readonly schedulers: SchedulerTable
} {
  const all = plugins.map((plugin) => {
    const things = known.get(plugin) ?? named(plugin)
    known.set(plugin, things)
    for (const rule of things.rules) addRule(rule)
    for (const encoder of things.encoders) addEncoder(encoder.name, encoder.open)
    return things
  })
  return {
    stages: all.flatMap(({ stages }) => stages),
    schedulers: [...schedulers, ...all.flatMap(({ rows }) => rows)],
  }
}

function named({ name: plugin, stages = [], encoders = [], rules = [], schedulers: rows = [] }: Plugin) {
  const full = <T extends { readonly name: string }>(
    thing: T,
  ): T & { readonly name: `${string}:${string}` } => ({
    ...thing,
    name: `${plugin}:${thing.name}`,
  })
  return {
    stages: stages.map((stage): AnyStage => full(stage)),
    encoders: encoders.map((encoder) => ({
      name: full(encoder).name,
      open: (o: Parameters<typeof encoder.open>[0]) => encoder.open(o),
    })),
    rules: rules.map((rule) => full(rule)),
    rows: rows.map((row): SchedulerRow => full(row)),
  }
}
