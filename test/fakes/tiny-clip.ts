import { encodeModel } from '../../src/math/onnx/model.js'

const vocabulary = 40000

function pooled(axes: readonly number[], from: string, to: string) {
  return [
    {
      op: 'ReduceMean',
      inputs: [from],
      outputs: ['mean'],
      attributes: { axes: { ints: axes }, keepdims: { int: 0 } },
    },
    {
      op: 'LpNormalization',
      inputs: ['mean'],
      outputs: [to],
      attributes: { axis: { int: 1 }, p: { int: 2 } },
    },
  ]
}

/** An image tower without weights: the mean colour as a unit vector, [b, 3]. */
export function tinyImageTower(side: number, output = 'image_embedding'): Uint8Array {
  return encodeModel({
    opset: 13,
    nodes: pooled([2, 3], 'pixels', output),
    inputs: [{ name: 'pixels', type: 'float32', dims: ['b', 3, side, side] }],
    outputs: [{ name: output, type: 'float32', dims: ['b', 3] }],
  })
}

/** A text tower: the mean of three numbers for each token as a unit vector, [b, 3]. */
export function tinyTextTower(output = 'text_embedding'): Uint8Array {
  const table = Float32Array.from(
    { length: vocabulary * 3 },
    (_, i) => ((i * 2654435761) % 1000) / 1000 + 0.01,
  )
  return encodeModel({
    opset: 13,
    nodes: [
      { op: 'Gather', inputs: ['table', 'input_ids'], outputs: ['words'] },
      ...pooled([1], 'words', output),
    ],
    inputs: [{ name: 'input_ids', type: 'int64', dims: ['b', 't'] }],
    outputs: [{ name: output, type: 'float32', dims: ['b', 3] }],
    initializers: [{ name: 'table', type: 'float32', dims: [vocabulary, 3], data: table }],
  })
}
