import type { Plan, StagePlan } from './types.js'

/** The node `until` and all nodes that it needs. */
export function upTo<
  N extends { readonly name: string; readonly takes: { readonly [port: string]: string } },
>(nodes: readonly N[], until: string): N[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const wanted = new Set<string>()
  const want = (name: string) => {
    if (wanted.has(name)) return
    wanted.add(name)
    for (const upstream of Object.values(byName.get(name)?.takes ?? {})) want(upstream)
  }
  want(until)
  return nodes.filter((node) => wanted.has(node.name))
}

/** The last stage of the plan that makes this kind of artefact. */
export function stageMaking(plan: Plan, { name }: { readonly name: string }): StagePlan | undefined {
  return plan.stages.findLast(({ makes }) => makes.includes(name))
}
