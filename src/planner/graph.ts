/**
 * Nodes in an order in which each comes after those that it takes from; ties keep the order given. Assumes no
 * cycle (the manifest layer reports those).
 */
export function inDependencyOrder<
  N extends { readonly name: string; readonly takes: { readonly [port: string]: string } },
>(nodes: readonly N[]): N[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const placed = new Set<string>()
  const ordered: N[] = []
  const place = (node: N) => {
    if (placed.has(node.name)) return
    placed.add(node.name)
    for (const name of Object.values(node.takes)) {
      const upstream = byName.get(name)
      if (upstream) place(upstream)
    }
    ordered.push(node)
  }
  for (const node of nodes) place(node)
  return ordered
}

/** The nodes that are needed to make `until`, itself included. */
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
