import { extendModel } from '../onnx/extend.js'
import { encodeModel, floats } from '../onnx/model.js'
import { patchGraph, patchOpset } from '../patches/graph.js'
import { imageSide, type Dictionary } from '../patches/learn.js'
import { join, linearFragment, normaliseFragment, type Fragment } from './nodes.js'

/** Standardisation per feature: (x − mean)·scale. */
export interface Standard {
  readonly mean: Float32Array
  readonly scale: Float32Array
}

/**
 * Encodes the trunk that all experts of a run share: `pixels` [b, 3, 32, 32] in [0, 1] → `image_features`
 * [b, width], standardised.
 */
export function encodePatchTrunk(dictionary: Dictionary, standard: Standard): Uint8Array {
  const graph = patchGraph(dictionary)
  const tail = standardise('patch_features', 'image_features', standard)
  return encodeModel({
    opset: patchOpset,
    nodes: [...graph.nodes, ...tail.nodes],
    initializers: [...graph.initializers, ...tail.initializers],
    inputs: [{ name: 'pixels', type: 'float32', dims: ['batch', 3, imageSide, imageSide] }],
    outputs: [{ name: 'image_features', type: 'float32', dims: ['batch', graph.width] }],
  })
}

/** Encodes the same for the user's own model: its `output`, standardised. */
export function encodeModelTrunk(model: Uint8Array, output: string, standard: Standard): Uint8Array {
  const tail = standardise(output, 'image_features', standard)
  return extendModel(model, {
    ...tail,
    outputs: [{ name: 'image_features', type: 'float32', dims: ['batch', standard.mean.length] }],
  })
}

/** Encodes an image tower: trunk, linear map and scaling to length 1. `image_features` stays an output. */
export function encodeImageTower(
  trunk: Uint8Array,
  weights: Float32Array,
  features: number,
  width: number,
): Uint8Array {
  return extendModel(trunk, {
    ...headFragment(weights, features, width),
    outputs: [
      { name: 'image_embedding', type: 'float32', dims: ['batch', width] },
      { name: 'image_features', type: 'float32', dims: ['batch', features] },
    ],
  })
}

/**
 * Encodes the linear map alone: `image_features` → `image_embedding`, for use after the shared trunk.
 */
export function encodeHead(weights: Float32Array, features: number, width: number): Uint8Array {
  return encodeModel({
    opset: patchOpset,
    ...headFragment(weights, features, width),
    inputs: [{ name: 'image_features', type: 'float32', dims: ['batch', features] }],
    outputs: [{ name: 'image_embedding', type: 'float32', dims: ['batch', width] }],
  })
}

function headFragment(weights: Float32Array, features: number, width: number): Fragment {
  return join(
    linearFragment('image_features', 'image_mapped', undefined, weights, features, width),
    normaliseFragment('image_mapped', 'image_embedding'),
  )
}

function standardise(input: string, output: string, { mean, scale }: Standard): Fragment {
  return {
    nodes: [
      { op: 'Sub', inputs: [input, 'feature_mean'], outputs: ['feature_centred'] },
      { op: 'Mul', inputs: ['feature_centred', 'feature_scale'], outputs: [output] },
    ],
    initializers: [
      floats('feature_mean', mean, [1, mean.length]),
      floats('feature_scale', scale, [1, scale.length]),
    ],
  }
}
