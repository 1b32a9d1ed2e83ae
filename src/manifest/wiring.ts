import { didYouMean } from './check/hint.js'
import type { OpenNode } from './pipeline-node.js'

export interface WiringMistake {
  readonly node: string
  readonly port: string | undefined
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
}

/**
 * Ports that do not exist, are not wired or are wired to something else; and cycles. `names`: all nodes, also
 * those of unknown stages.
 */
export function wiringMistakes(nodes: readonly OpenNode[], names: ReadonlySet<string>): WiringMistake[] {
  return [...nodes.flatMap((node) => portMistakes(node, nodes, names)), ...cycleMistakes(nodes)]
}

function portMistakes(
  node: OpenNode,
  nodes: readonly OpenNode[],
  names: ReadonlySet<string>,
): WiringMistake[] {
  const ports = node.declaration.takes
  const mistakes: WiringMistake[] = []
  for (const [port, from] of Object.entries(node.takes)) {
    const at = { node: node.name, port }
    const wanted = Object.hasOwn(ports, port) ? ports[port] : undefined
    const maker = nodes.find(({ name }) => name === from)
    if (!wanted) {
      const none = Object.keys(ports).length === 0 ? 'it takes nothing' : didYouMean(port, Object.keys(ports))
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

function kindsOf(node: OpenNode): string[] {
  return Object.values(node.declaration.makes).map(({ kind }) => kind.name)
}

/** One mistake a cycle, at the wire of its first node. */
function cycleMistakes(nodes: readonly OpenNode[]): WiringMistake[] {
  const stuck = sortNodes(nodes).left
  const mistakes: WiringMistake[] = []
  const told = new Set<string>()
  for (const start of stuck) {
    const cycle = cycleThrough(start, stuck)
    if (!cycle || cycle.some((name) => told.has(name))) continue
    for (const name of cycle) told.add(name)
    const [next] = cycle.slice(1)
    const port = Object.entries(start.takes).find(([, from]) => from === next)?.[0]
    const way = cycle.map((name) => `\`${name}\``).join(' takes from ')
    const message = `the stages go round in a circle: ${way}`
    mistakes.push({
      node: start.name,
      port,
      code: 'E_CYCLE',
      message,
      hint: 'a stage can only take from stages that do not need it',
    })
  }
  return mistakes
}

/** Shortest way from a node over its inputs back to itself. */
function cycleThrough(start: OpenNode, nodes: readonly OpenNode[]): string[] | undefined {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const ways: string[][] = [[start.name]]
  const seen = new Set<string>()
  for (let way = ways.shift(); way; way = ways.shift()) {
    const node = byName.get(way[way.length - 1] as string)
    for (const from of Object.values(node?.takes ?? {})) {
      if (from === start.name) return [...way, from]
      if (!seen.has(from)) ways.push([...way, from])
      seen.add(from)
    }
  }
  return undefined
}

/** Makers before takers, otherwise as written; nodes in or behind a cycle come last, as written. */
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
  const done = new Set<string>()
  const left = [...nodes]
  for (;;) {
    const index = left.findIndex(({ takes }) =>
      Object.values(takes).every((from) => done.has(from) || !known.has(from)),
    )
    const [ready] = index < 0 ? [] : left.splice(index, 1)
    if (!ready) return { ordered, left }
    ordered.push(ready)
    done.add(ready.name)
  }
}
