import { encodeModel, floats, integers, type OnnxNode, type OnnxTensor } from '../onnx/model.js'
import { contrastFloor, imageSide, patchSide, patchWidth, type Dictionary } from './learn.js'

/** Nodes that turn `pixels` [b, 3, 32, 32] in [0, 1] into `patch_features` [b, 4·size]. */
export interface PatchGraph {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly width: number
}

/** Operator set of these graphs: the last in which reductions have their axes as attributes. */
export const patchOpset = 17

/**
 * Contrast normalisation, whitening, distances to the dictionary, triangle activation max(0, mean(z) − z_k)
 * at stride 1 and average pooling into 2 × 2, as one graph (Coates, Lee and Ng 2011).
 *
 * With x a patch, m its mean, s = √(var + floor), P the whitening matrix and M its mean, the whitened patch
 * is ((x − m)/s − M)·P = x·(I − 11ᵀ/w)·P / s − M·P: a convolution, a division and a bias. Squared distances
 * to the centres are then a 1 × 1 convolution of (w, ‖w‖²).
 */
export function patchGraph({ size, whitening, centres }: Dictionary): PatchGraph {
  const positions = imageSide - patchSide + 1
  const stride = Math.floor(positions / 2)
  const nodes: OnnxNode[] = [
    { op: 'Mul', inputs: ['pixels', 'pixels'], outputs: ['squares'] },
    mean('pixels', 'mean_channel'),
    mean('squares', 'squares_channel'),
    pool('mean_channel', 'patch_mean', patchSide, 1),
    pool('squares_channel', 'patch_squares', patchSide, 1),
    { op: 'Mul', inputs: ['patch_mean', 'patch_mean'], outputs: ['mean_squared'] },
    { op: 'Sub', inputs: ['patch_squares', 'mean_squared'], outputs: ['variance'] },
    { op: 'Relu', inputs: ['variance'], outputs: ['variance_positive'] },
    { op: 'Add', inputs: ['variance_positive', 'contrast_floor'], outputs: ['variance_floored'] },
    { op: 'Sqrt', inputs: ['variance_floored'], outputs: ['contrast'] },
    {
      op: 'Conv',
      inputs: ['pixels', 'whitening'],
      outputs: ['rotated'],
      attributes: { kernel_shape: { ints: [patchSide, patchSide] } },
    },
    { op: 'Div', inputs: ['rotated', 'contrast'], outputs: ['scaled'] },
    { op: 'Sub', inputs: ['scaled', 'whitened_mean'], outputs: ['white'] },
    {
      op: 'ReduceSumSquare',
      inputs: ['white'],
      outputs: ['white_square'],
      attributes: { axes: { ints: [1] }, keepdims: { int: 1 } },
    },
    {
      op: 'Concat',
      inputs: ['white', 'white_square'],
      outputs: ['augmented'],
      attributes: { axis: { int: 1 } },
    },
    {
      op: 'Conv',
      inputs: ['augmented', 'dictionary', 'dictionary_square'],
      outputs: ['distance_squared'],
      attributes: { kernel_shape: { ints: [1, 1] } },
    },
    { op: 'Relu', inputs: ['distance_squared'], outputs: ['distance_positive'] },
    { op: 'Sqrt', inputs: ['distance_positive'], outputs: ['distance'] },
    mean('distance', 'distance_mean'),
    { op: 'Sub', inputs: ['distance_mean', 'distance'], outputs: ['nearness'] },
    { op: 'Relu', inputs: ['nearness'], outputs: ['triangle'] },
    pool('triangle', 'pooled', positions - stride, stride),
    { op: 'Reshape', inputs: ['pooled', 'flat'], outputs: ['patch_features'] },
  ]
  const dictionary = new Float32Array(size * (patchWidth + 1))
  const squares = new Float32Array(size)
  for (let centre = 0; centre < size; centre++) {
    let sum = 0
    for (let i = 0; i < patchWidth; i++) {
      const value = centres[centre * patchWidth + i]!
      sum += value * value
      dictionary[centre * (patchWidth + 1) + i] = -2 * value
    }
    dictionary[centre * (patchWidth + 1) + patchWidth] = 1
    squares[centre] = sum
  }
  return {
    nodes,
    width: 4 * size,
    initializers: [
      floats('contrast_floor', [contrastFloor], [1]),
      floats('whitening', kernels(whitening.matrix), [patchWidth, 3, patchSide, patchSide]),
      floats('whitened_mean', times(whitening.mean, whitening.matrix), [1, patchWidth, 1, 1]),
      floats('dictionary', dictionary, [size, patchWidth + 1, 1, 1]),
      floats('dictionary_square', squares, [size]),
      integers('flat', [0, 4 * size]),
    ],
  }
}

/** Encodes a model of the features alone: `pixels` → `features` [b, 4·size], not standardised. */
export function encodePatchModel(dictionary: Dictionary): Uint8Array {
  const graph = patchGraph(dictionary)
  return encodeModel({
    opset: patchOpset,
    nodes: [...graph.nodes, { op: 'Identity', inputs: ['patch_features'], outputs: ['features'] }],
    initializers: graph.initializers,
    inputs: [{ name: 'pixels', type: 'float32', dims: ['batch', 3, imageSide, imageSide] }],
    outputs: [{ name: 'features', type: 'float32', dims: ['batch', graph.width] }],
  })
}

function mean(input: string, output: string): OnnxNode {
  return {
    op: 'ReduceMean',
    inputs: [input],
    outputs: [output],
    attributes: { axes: { ints: [1] }, keepdims: { int: 1 } },
  }
}

function pool(input: string, output: string, side: number, stride: number): OnnxNode {
  return {
    op: 'AveragePool',
    inputs: [input],
    outputs: [output],
    attributes: { kernel_shape: { ints: [side, side] }, strides: { ints: [stride, stride] } },
  }
}

/** Rows of ((I − 11ᵀ/w)·P)ᵀ: one convolution kernel per whitened coordinate. */
function kernels(matrix: Float32Array): Float32Array {
  const out = new Float32Array(patchWidth * patchWidth)
  for (let column = 0; column < patchWidth; column++) {
    let average = 0
    for (let row = 0; row < patchWidth; row++) average += matrix[row * patchWidth + column]! / patchWidth
    for (let row = 0; row < patchWidth; row++)
      out[column * patchWidth + row] = matrix[row * patchWidth + column]! - average
  }
  return out
}

function times(vector: Float32Array, matrix: Float32Array): Float32Array {
  const out = new Float64Array(patchWidth)
  for (let row = 0; row < patchWidth; row++)
    for (let column = 0; column < patchWidth; column++)
      out[column]! += vector[row]! * matrix[row * patchWidth + column]!
  return Float32Array.from(out)
}
