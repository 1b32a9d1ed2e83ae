import { didYouMean } from './check/hint.js'
import type { ResolvedNode } from './pipeline-node.js'

export interface WiringMistake {
  readonly node: string
  readonly port: string | undefined
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
}

/**
 * Finds unknown ports, missing wires, wires of the wrong kind, and cycles. `names`: all nodes, including
 * those of unknown stages.
 */
export function wiringMistakes(nodes: readonly ResolvedNode[], names: ReadonlySet<string>): WiringMistake[] {
  return [...nodes.flatMap((node) => portMistakes(node, nodes, names)), ...cycleMistakes(nodes)]
}

function portMistakes(
  node: ResolvedNode,
  nodes: readonly ResolvedNode[],
  names: ReadonlySet<string>,
): WiringMistake[] {
  const ports = node.declaration.takes
  const mistakes: WiringMistake[] = []
  for (const [port, from] of Object.entries(node.takes)) {
    const at = { node: node.name, port }
    const wanted = Object.hasOwn(ports, port) ? ports[port] : undefined
    const maker = nodes.find(({ name }) => name === from)
    if (!wanted) {
      const none = Object.keys(ports).length === 0 ? 'it has no inputs' : didYouMean(port, Object.keys(ports))
      mistakes.push({
        ...at,
        code: 'E_UNKNOWN_PORT',
        message: `stage \`${node.stage}\` has no input \`${port}\``,
        hint: none,
      })
    } else if (!names.has(from)) {
      mistakes.push({
        ...at,
        code: 'E_UNKNOWN_NODE',
        message: `\`${from}\` is not a stage of this pipeline`,
        hint: didYouMean(from, [...names]),
      })
    } else if (maker && !kindsOf(maker).includes(wanted.kind.name)) {
      const fits = nodes.find((other) => other !== node && kindsOf(other).includes(wanted.kind.name))
      const made = kindsOf(maker).join(', ') || 'nothing'
      const hint = fits && `\`${fits.name}\` makes ${wanted.kind.name}`
      mistakes.push({
        ...at,
        code: 'E_PORT_TYPE',
        message: `\`${node.name}.${port}\` takes ${wanted.kind.name}; \`${from}\` makes ${made}`,
        hint,
      })
    }
  }
  for (const [port, { kind, optional }] of Object.entries(ports)) {
    if (optional || Object.hasOwn(node.takes, port)) continue
    const fits = nodes.find((other) => other !== node && kindsOf(other).includes(kind.name))
    const hint = fits && `add \`${port}: ${fits.name}\` to its \`takes\``
    mistakes.push({
      node: node.name,
      port: undefined,
      code: 'E_PORT_MISSING',
      message: `\`${node.name}\` needs ${kind.name} at its input \`${port}\``,
      hint,
    })
  }
  return mistakes
}

function kindsOf(node: ResolvedNode): string[] {
  return Object.values(node.declaration.makes).map(({ kind }) => kind.name)
}

/** One mistake per cycle, at the wire of its first node. */
function cycleMistakes(nodes: readonly ResolvedNode[]): WiringMistake[] {
  const stuck = sortNodes(nodes).left
  const mistakes: WiringMistake[] = []
  const reported = new Set<string>()
  for (const start of stuck) {
    const cycle = cycleThrough(start, stuck)
    if (!cycle || cycle.some((name) => reported.has(name))) continue
    for (const name of cycle) reported.add(name)
    const [next] = cycle.slice(1)
    const port = Object.entries(start.takes).find(([, from]) => from === next)?.[0]
    const path = cycle.map((name) => `\`${name}\``).join(' takes from ')
    const message = `the stages form a cycle: ${path}`
    mistakes.push({
      node: start.name,
      port,
      code: 'E_CYCLE',
      message,
      hint: 'a stage cannot take from a stage that depends on it',
    })
  }
  return mistakes
}

/** Shortest path from a node along its inputs back to itself (breadth first). */
function cycleThrough(start: ResolvedNode, nodes: readonly ResolvedNode[]): string[] | undefined {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const queue: string[][] = [[start.name]]
  const seen = new Set<string>()
  for (let path = queue.shift(); path; path = queue.shift()) {
    const node = byName.get(path[path.length - 1] as string)
    for (const from of Object.values(node?.takes ?? {})) {
      if (from === start.name) return [...path, from]
      if (!seen.has(from)) queue.push([...path, from])
      seen.add(from)
    }
  }
  return undefined
}

/** Topological order, stable. Nodes in a cycle or behind one come last. */
export function inDependencyOrder<
  N extends { readonly name: string; readonly takes: { readonly [port: string]: string } },
>(nodes: readonly N[]): N[] {
  const { ordered, left } = sortNodes(nodes)
  return [...ordered, ...left]
}

function sortNodes<N extends { readonly name: string; readonly takes: { readonly [port: string]: string } }>(
  nodes: readonly N[],
): { ordered: N[]; left: N[] } {
  const known = new Set(nodes.map(({ name }) => name))
  const ordered: N[] = []
  const placed = new Set<string>()
  const left = [...nodes]
  for (;;) {
    const index = left.findIndex(({ takes }) =>
      Object.values(takes).every((from) => placed.has(from) || !known.has(from)),
    )
    const [ready] = index < 0 ? [] : left.splice(index, 1)
    if (!ready) return { ordered, left }
    ordered.push(ready)
    placed.add(ready.name)
  }
}
