import test from 'ava'
import { PipelineError } from '../../../../src/core/error.js'
import { openSession } from '../../../../src/math/session/open.js'
import { runtimeVersion } from '../../../../src/math/session/version.js'
import { onnxGraph } from '../../../fakes/onnx-graph.js'

const half = onnxGraph({
  inputs: [{ name: 'x', type: 'float32', dims: ['n', 2] }],
  outputs: [
    { name: 'y', type: 'float32', dims: ['n', 2] },
    { name: 'small', type: 'float16', dims: ['n', 2] },
  ],
  initializers: [{ name: 'two', type: 'float32', dims: [1], data: Float32Array.of(2) }],
  nodes: [
    { op: 'Div', inputs: ['x', 'two'], outputs: ['y'] },
    { op: 'Cast', inputs: ['x'], outputs: ['small'], attributes: { to: 10 } },
  ],
})

for (const runtime of ['native', 'wasm'] as const) {
  test(`${runtime}: runs a graph by input and output name`, async (t) => {
    const session = await openSession(half, { threads: 1, runtime })
    t.is(session.runtime, runtimeVersion(runtime))
    t.deepEqual(session.inputs, ['x'])
    t.deepEqual(session.outputs, ['y', 'small'])
    t.deepEqual(session.output_dims['y'], [undefined, 2])
    const feeds = { x: { type: 'float32', data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] } } as const
    const all = await session.run(feeds)
    t.deepEqual([...(all['y']?.data as Float32Array)], [0.5, 1, 1.5, 2])
    t.deepEqual(all['y']?.dims, [2, 2])
    t.deepEqual([...(all['small']?.data as Uint16Array)], [0x3c00, 0x4000, 0x4200, 0x4400])
    t.deepEqual(Object.keys(await session.run(feeds, ['y'])), ['y'])
    await session.close()
  })

  test(`${runtime}: a truncated graph is a clear error`, async (t) => {
    const error = await t.throwsAsync(
      openSession(half.subarray(0, half.length - 9), { threads: 1, runtime }),
      { instanceOf: PipelineError },
    )
    t.is(error?.code, 'E_MODEL_UNREADABLE')
  })
}

test('CUDA on WebAssembly is refused', async (t) => {
  const error = await t.throwsAsync(openSession(half, { threads: 1, runtime: 'wasm', device: 'cuda' }), {
    instanceOf: PipelineError,
  })
  t.is(error?.code, 'E_CUDA_MISSING')
})

test('the version is read without loading the library', (t) => {
  t.regex(runtimeVersion('native'), /^onnxruntime-node \d+\.\d+\.\d+$/)
  t.regex(runtimeVersion('wasm'), /^onnxruntime-web \d+\.\d+\.\d+$/)
})
