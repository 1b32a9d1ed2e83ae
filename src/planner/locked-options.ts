import { canonicalJson, type Json } from '../core/json.js'
import { namedOptions } from '../core/named-options.js'
import type { Facts } from '../stages/define.js'
import type { Entry } from './fingerprint.js'
import type { LockedStage } from './lock.js'
import { withoutPaths } from './model-paths.js'
import { entryName, optionEntries } from './option-entries.js'
import type { PlanNode } from './plan.js'
import type { EarlierRun } from './types.js'

type Options = PlanNode['options']

/** Whether these nodes have the options that the stages of a lock pin. Inputs are not looked at. */
export function hasLockedOptions(nodes: readonly PlanNode[], locked: readonly LockedStage[]): boolean {
  const paths = modelPaths(nodes)
  return (
    nodes.length === locked.length &&
    locked.every(({ node, stage, pinned }) => {
      const now = nodes.find(({ name, stage: { name: made } }) => name === node && made === stage)
      if (!now) return false
      const entries = Object.entries(pinned).filter(([name]) => name.startsWith('option '))
      return canonicalJson(namesAndValues(now, paths)) === canonicalJson(Object.fromEntries(entries))
    })
  )
}

/** The nodes of a lock with the options that it pins; what it does not pin is as the nodes have it. */
export function withLockedOptions(
  nodes: readonly PlanNode[],
  locked: readonly LockedStage[],
): readonly PlanNode[] {
  const paths = modelPaths(nodes)
  return nodes.flatMap((node): PlanNode[] => {
    const found = locked.find((stage) => stage.node === node.name && stage.stage === node.stage.name)
    if (!found) return []
    const now = namesAndValues(node, paths)
    let { options } = node
    for (const option of namedOptions(node.stage.options)) {
      const name = entryName(node.stage, option)
      const value = found.pinned[name]
      // Only the mask of a model's path is pinned: its place is that of today.
      if (value === undefined || canonicalJson(value) === canonicalJson(now[name] ?? null)) continue
      options = withOption(options, option.path, value)
    }
    return [{ ...node, options }]
  })
}

/** The entries of a node's options, as a lock would pin them; undefined if there is no such node. */
export function optionsOfNode(nodes: readonly PlanNode[], name: string): Entry[] | undefined {
  const node = nodes.find((each) => each.name === name)
  if (!node) return undefined
  const entries = Object.entries(namesAndValues(node, modelPaths(nodes)))
  return entries.map(([entry, value]): Entry => ({ name: entry, value }))
}

/** What each node states to the nodes after it. */
export function statedByNodes(
  nodes: readonly PlanNode[],
  earlier: { readonly [uri: string]: EarlierRun },
): ReadonlyMap<string, Facts> {
  const facts = new Map<string, Facts>()
  for (const { name, stage, options, takes } of nodes) {
    const bound = stage.bind(options)
    const inherited: Facts = Object.assign({}, ...Object.values(takes).map((from) => facts.get(from) ?? {}))
    const before = bound.earlier === undefined ? undefined : earlier[bound.earlier]
    facts.set(name, bound.facts(inherited, before))
  }
  return facts
}

function namesAndValues({ stage, options }: PlanNode, paths: ReadonlySet<string>): { [name: string]: Json } {
  const bound = stage.bind(options)
  const entries: Entry[] = [
    ...optionEntries(stage, bound.options, 'tasks'),
    ...optionEntries(stage, bound.options, 'params'),
  ]
  return Object.fromEntries(entries.map(({ name, value }) => [name, withoutPaths(value, paths)]))
}

function modelPaths(nodes: readonly PlanNode[]): ReadonlySet<string> {
  return new Set(
    nodes.flatMap(({ stage, options }) => {
      const { models, earlier } = stage.bind(options)
      return [...Object.values(models), ...(earlier === undefined ? [] : [earlier])]
    }),
  )
}

function withOption(options: Options, [key, ...rest]: readonly string[], value: Json): Options {
  if (key === undefined) return options
  if (rest.length === 0) return { ...options, [key]: value }
  const inner = options[key]
  const group = inner !== null && typeof inner === 'object' ? (inner as Options) : {}
  return { ...options, [key]: withOption(group, rest, value) }
}
