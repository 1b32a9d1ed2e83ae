import test from 'ava'
import fc from 'fast-check'
import type { ResolvedNode } from '../../src/manifest/pipeline-node.js'
import type { StageLike } from '../../src/manifest/stage-like.js'
import { inDependencyOrder, wiringMistakes } from '../../src/manifest/wiring.js'

const port = { kind: { name: 'thing' }, optional: true }
const ports = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`p${index}`, port]))
const declaration: StageLike = {
  name: 'any',
  doc: '',
  takes: ports,
  makes: { out: port },
  options: {},
  bind: () => ({ earlier: undefined, facts: (upstream) => upstream, check: () => [] }),
}

/** Any wiring of up to eight nodes; most have a cycle. */
const anyGraph = fc
  .integer({ min: 1, max: 8 })
  .chain((size) =>
    fc
      .array(fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size })
      .map((wires) => nodesOf(wires)),
  )
/** Wires to earlier nodes only, then shuffled. */
const acyclic = fc
  .integer({ min: 1, max: 8 })
  .chain((size) =>
    fc.tuple(
      ...Array.from({ length: size }, (_, node) =>
        fc.uniqueArray(fc.nat(Math.max(0, node - 1)), { maxLength: node === 0 ? 0 : 3 }),
      ),
    ),
  )
  .chain((wires) => fc.shuffledSubarray(nodesOf(wires), { minLength: wires.length }))

function nodesOf(wires: readonly (readonly number[])[]): ResolvedNode[] {
  return wires.map((from, node) => ({
    name: `n${node}`,
    stage: 'any',
    takes: Object.fromEntries(from.map((target, index) => [`p${index}`, `n${target}`])),
    declaration,
    defaults: undefined,
  }))
}

/** Independent of the code under test: can a node reach itself? */
function hasCycle(nodes: readonly ResolvedNode[]): boolean {
  const reach = new Map(nodes.map(({ name, takes }) => [name, new Set(Object.values(takes))]))
  for (const middle of reach.keys()) {
    for (const from of reach.values()) {
      if (from.has(middle)) for (const target of reach.get(middle) ?? []) from.add(target)
    }
  }
  return [...reach].some(([name, targets]) => targets.has(name))
}

const namesOf = (nodes: readonly ResolvedNode[]) => new Set(nodes.map(({ name }) => name))

test('a cycle is reported exactly when there is one, as a path that closes', (t) => {
  fc.assert(
    fc.property(anyGraph, (nodes) => {
      const cycles = wiringMistakes(nodes, namesOf(nodes)).filter(({ code }) => code === 'E_CYCLE')
      if (cycles.length > 0 !== hasCycle(nodes))
        throw new Error(`${cycles.length} cycles reported, there ${hasCycle(nodes) ? 'is one' : 'is none'}`)
      for (const { message, node, port: at } of cycles) {
        const way = [...message.matchAll(/`(n\d)`/g)].map(([, name]) => name as string)
        if (way[0] !== node || way[0] !== way.at(-1) || at === undefined)
          throw new Error(`not round: ${message}`)
        way.slice(1).forEach((next, index) => {
          const takes = nodes.find(({ name }) => name === way[index])?.takes ?? {}
          if (!Object.values(takes).includes(next)) throw new Error(`no wire from ${way[index]} to ${next}`)
        })
      }
    }),
    { numRuns: 500 },
  )
  t.pass()
})

test('producers come before consumers, and no node is lost', (t) => {
  fc.assert(
    fc.property(acyclic, (nodes) => {
      const ordered = inDependencyOrder(nodes).map(({ name }) => name)
      if (ordered.length !== nodes.length || new Set(ordered).size !== nodes.length)
        throw new Error('nodes were lost')
      for (const { name, takes } of nodes) {
        for (const from of Object.values(takes))
          if (ordered.indexOf(from) > ordered.indexOf(name)) throw new Error(`${name} stands before ${from}`)
      }
      if (wiringMistakes(nodes, namesOf(nodes)).length > 0) throw new Error('a sound pipeline was refused')
    }),
    { numRuns: 500 },
  )
  t.pass()
})
