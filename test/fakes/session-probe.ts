import { openSession } from '../../src/math/session/open.js'
import type { Runtime } from '../../src/math/session.js'
import { onnxGraph } from './onnx-graph.js'

/** Opens two sessions of the asked runtime and prints what ran them, or the error's code. */
const graph = onnxGraph({
  inputs: [{ name: 'x', type: 'float32', dims: [1] }],
  outputs: [{ name: 'y', type: 'float32', dims: [1] }],
  nodes: [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }],
})
const options = { threads: 1, runtime: process.argv[2] as Runtime }
const said = await openSession(graph, options)
  .then(
    async (session) =>
      `${(await openSession(graph, options)).runtime} ` +
      `${(await session.run({ x: { type: 'float32', data: Float32Array.of(2), dims: [1] } }))['y']?.data[0]}`,
  )
  .catch((error: { code?: string }) => error.code)
process.stdout.write(`${said}\n`)
