import test from 'ava'
import { fuseGelu } from '../../../../src/math/encoder/transformer/fuse-gelu.js'
import { openSession } from '../../../../src/math/session/open.js'
import { onnxGraph, type GraphParts } from '../../../fakes/onnx-graph.js'

type Order = 'half last' | 'half first' | 'x last'

/** y = x · ½ · (1 + erf(x / √2)), written in the orders that exporters use. */
function gelu(order: Order, change: { half?: number; shared?: boolean } = {}): Uint8Array {
  const scalar = (name: string, value: number) => ({
    name,
    type: 'float32' as const,
    dims: [],
    data: Float32Array.of(value),
  })
  const products: { [order in Order]: GraphParts['nodes'] } = {
    'half last': [
      { op: 'Mul', inputs: ['x', 'sum'], outputs: ['m'] },
      { op: 'Mul', inputs: ['m', 'half'], outputs: ['y'] },
    ],
    'half first': [
      { op: 'Mul', inputs: ['half', 'sum'], outputs: ['m'] },
      { op: 'Mul', inputs: ['x', 'm'], outputs: ['y'] },
    ],
    'x last': [
      { op: 'Mul', inputs: ['sum', 'half'], outputs: ['m'] },
      { op: 'Mul', inputs: ['m', 'x'], outputs: ['y'] },
    ],
  }
  return onnxGraph({
    inputs: [{ name: 'x', type: 'float32', dims: ['n'] }],
    outputs: [
      { name: 'y', type: 'float32', dims: ['n'] },
      ...(change.shared ? [{ name: 'sum', type: 'float32' as const, dims: ['n'] }] : []),
    ],
    initializers: [scalar('root', Math.SQRT2), scalar('one', 1), scalar('half', change.half ?? 0.5)],
    nodes: [
      { op: 'Div', inputs: ['x', 'root'], outputs: ['d'] },
      { op: 'Erf', inputs: ['d'], outputs: ['e'] },
      { op: 'Add', inputs: ['e', 'one'], outputs: ['sum'] },
      ...products[order],
    ],
  })
}

const names = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const x = { x: { type: 'float32', data: Float32Array.of(-3, -1, -0.25, 0, 0.5, 2, 5), dims: [7] } } as const

async function run(bytes: Uint8Array): Promise<Float32Array> {
  const session = await openSession(bytes, { threads: 1 })
  const { y } = await session.run(x)
  await session.close()
  return y?.data as Float32Array
}

for (const order of ['half last', 'half first', 'x last'] as const) {
  test(`one operator replaces five with the same results (${order})`, async (t) => {
    const before = gelu(order)
    const after = fuseGelu(before)
    t.true(names(after).includes('com.microsoft'))
    t.false(names(after).includes('Erf'))
    const [expected, found] = [await run(before), await run(after)]
    found.forEach((value, i) => t.true(Math.abs(value - (expected[i] as number)) < 1e-6))
  })
}

test('a graph that differs from the pattern stays as it is', (t) => {
  for (const bytes of [gelu('half first', { half: 0.25 }), gelu('half first', { shared: true })])
    t.is(fuseGelu(bytes), bytes)
  const broken = gelu('half last').subarray(0, 60)
  t.is(fuseGelu(broken), broken)
})
