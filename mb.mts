import { encodeModel, floats } from './src/math/onnx/model.js'
import { openSession } from './src/math/session/open.js'
const W = Number(process.argv[2] ?? 256), N = 1024, G = 8, J = N / G
const rows = 512
const rnd = () => Math.random() - 0.5
const c = Float32Array.from({ length: N * W }, rnd), b = Float32Array.from({ length: N }, rnd)
const x = Float32Array.from({ length: rows * W }, rnd)
const ints = (name: string, v: number[]) => ({ name, type: 'int64' as const, data: BigInt64Array.from(v.map(BigInt)), dims: [v.length] })
const io = { inputs: [{ name: 'x', type: 'float32' as const, dims: ['rows', W] }, { name: 'n', type: 'int64' as const, dims: [1] }] }
const gemm = { op: 'Gemm', inputs: ['x', 'c', 'b'], outputs: ['s'], attributes: { transB: { int: 1 } } }
const base = [floats('c', c, [N, W]), floats('b', b, [N])]
const models: Record<string, Uint8Array> = {
  gemm: encodeModel({ opset: 17, nodes: [gemm, { op: 'ReduceMax', inputs: ['s'], outputs: ['v'], attributes: { axes: { ints: [0] }, keepdims: { int: 1 } } }], ...io, inputs: [io.inputs[0]!], initializers: base, outputs: [{ name: 'v', type: 'float32', dims: ['a', 'b'] }] }),
  topk: encodeModel({ opset: 17, nodes: [gemm, { op: 'TopK', inputs: ['s', 'n'], outputs: ['v', 'i'], attributes: { axis: { int: 1 } } }], ...io, initializers: base, outputs: [{ name: 'i', type: 'int64', dims: ['rows', 'd'] }, { name: 'v', type: 'float32', dims: ['rows', 'd'] }] }),
  reduce: encodeModel({ opset: 17, nodes: [gemm, { op: 'Reshape', inputs: ['s', 'shape'], outputs: ['r'] }, { op: 'ReduceMax', inputs: ['r'], outputs: ['v'], attributes: { axes: { ints: [1] }, keepdims: { int: 0 } } }], ...io, inputs: [io.inputs[0]!], initializers: [...base, ints('shape', [-1, G, J])], outputs: [{ name: 'v', type: 'float32', dims: ['a', 'b'] }] }),
  grouped: encodeModel({ opset: 17, nodes: [gemm, { op: 'Reshape', inputs: ['s', 'shape'], outputs: ['r'] }, { op: 'ReduceMax', inputs: ['r'], outputs: ['m'], attributes: { axes: { ints: [1] }, keepdims: { int: 0 } } },
    { op: 'TopK', inputs: ['m', 'n'], outputs: ['v', 'i'], attributes: { axis: { int: 1 } } },
    { op: 'Unsqueeze', inputs: ['i', 'ax'], outputs: ['j'] }, { op: 'Concat', inputs: ['j', 'j', 'j', 'j', 'j', 'j', 'j', 'j'], outputs: ['e'], attributes: { axis: { int: 1 } } },
    { op: 'GatherElements', inputs: ['r', 'e'], outputs: ['g'], attributes: { axis: { int: 2 } } }], ...io, initializers: [...base, ints('shape', [-1, G, J]), ints('ax', [1])], outputs: [{ name: 'i', type: 'int64', dims: ['rows', 'd'] }, { name: 'g', type: 'float32', dims: ['rows', G, 'd'] }] }),
}
const sessions = Object.fromEntries(await Promise.all(Object.entries(models).map(async ([k, m]) => [k, await openSession(m, { threads: 1, reuse_memory: true })] as const)))
for (let round = 0; round < 3; round++) for (const [k, s] of Object.entries(sessions)) {
  const feeds: any = { x: { type: 'float32', data: x, dims: [rows, W] } }
  if (k === 'topk' || k === 'grouped') feeds.n = { type: 'int64', data: BigInt64Array.of(BigInt(process.argv[3] ?? 1)), dims: [1] }
  for (let i = 0; i < 5; i++) await s.run(feeds)
  const t = performance.now(); const R = 60
  for (let i = 0; i < R; i++) await s.run(feeds)
  console.log(k.padEnd(8), ((performance.now() - t) * 1000 / R / rows).toFixed(3), 'µs/row')
}
process.exit(0)
