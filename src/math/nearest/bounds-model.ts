import { encodeModel, floats } from '../onnx/model.js'
import type { Basis } from './basis.js'

/**
 * Upper bounds on x · (c − mean) + bias for all centres c, and the best few of them. With y the projection of x on the basis and ‖x_r‖ what is left
 * of it, x · c ≤ y · (projection of c) + ‖x_r‖‖c_r‖ (Cauchy-Schwarz on the rest), which is one product of [y, ‖x_r‖] with [projection of c, ‖c_r‖].
 */
export function boundsModel({ axes, rank, mean }: Basis): Uint8Array {
  const width = mean.length
  return encodeModel({
    opset: 17,
    nodes: [
      { op: 'MatMul', inputs: ['x', 'axes'], outputs: ['y'] },
      { op: 'ReduceSumSquare', inputs: ['x'], outputs: ['xx'], attributes: { axes: { ints: [1] } } },
      { op: 'ReduceSumSquare', inputs: ['y'], outputs: ['yy'], attributes: { axes: { ints: [1] } } },
      { op: 'Sub', inputs: ['xx', 'yy'], outputs: ['difference'] },
      { op: 'Max', inputs: ['difference', 'least'], outputs: ['rest'] },
      { op: 'Sqrt', inputs: ['rest'], outputs: ['length'] },
      { op: 'Concat', inputs: ['y', 'length'], outputs: ['z'], attributes: { axis: { int: 1 } } },
      { op: 'Gemm', inputs: ['z', 'c', 'b'], outputs: ['s'], attributes: { transB: { int: 1 } } },
      { op: 'TopK', inputs: ['s', 'n'], outputs: ['v', 'i'], attributes: { axis: { int: 1 } } },
    ],
    inputs: [
      { name: 'x', type: 'float32', dims: ['rows', width] },
      { name: 'c', type: 'float32', dims: ['count', rank + 1] },
      { name: 'b', type: 'float32', dims: ['count'] },
      { name: 'n', type: 'int64', dims: [1] },
    ],
    outputs: [
      { name: 'i', type: 'int64', dims: ['rows', 'depth'] },
      { name: 'v', type: 'float32', dims: ['rows', 'depth'] },
    ],
    initializers: [floats('axes', axes, [width, rank]), floats('least', [roundingSquared], [1])],
  })
}

/** Float32 rounding of ‖x‖² − ‖y‖² for unit vectors; the rest is never taken to be shorter than its root. */
const roundingSquared = 1e-6
