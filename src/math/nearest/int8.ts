import { encodeModel, floats } from '../onnx/model.js'
import type { Table } from './table.js'

/** Extra dimensions that carry the bias of a centre, which 8 bits could not. */
const biasWidth = 8
/** Vectors take 7 bits around this zero point, centres 8: two products of such pairs still fit the 16 bits that AVX2 adds them in. */
const zeroPoint = 64
const mostOfVector = 63
const mostOfCentre = 127
/** Vectors are of unit length, as `embed` writes them; of others the doubt is only estimated less well. */
const vectorSquares = 1
/** Standard deviations of the rounding of two scores that a candidate may lie below the best and still be compared. */
const doubt = 4

/** Of a vector and its bias, a multiple of what vector units take at once. */
export const packedWidthOf = (width: number) => 16 * Math.ceil((width + biasWidth) / 16)

/** Steps of the centres' components and of their bias, and the longest centre's squared length. */
export interface Scale {
  readonly centre: number
  readonly bias: number
  readonly middle: number
  readonly longest: number
}

export function scaleOf({ centres, bias, count }: Table): Scale {
  let largest = 0
  for (const component of centres) largest = Math.max(largest, Math.abs(component))
  let [low, high] = [Infinity, -Infinity]
  for (let j = 0; j < count; j++) {
    low = Math.min(low, bias[j]!)
    high = Math.max(high, bias[j]!)
  }
  const centre = largest === 0 ? 1 : largest / mostOfCentre
  // Fine enough for the bias, coarse enough that a vector with components eight times as large as the centres' still takes one multiple.
  const step = Math.max((high - low) / (2 * mostOfCentre * biasWidth), 16 * centre * centre)
  return { centre, bias: step, middle: (low + high) / 2, longest: -2 * low }
}

/** [packed width, count]: a column is a centre, and after it its bias in parts of at most 127 steps. */
export function packCentres({ centres, bias }: Table, first: number, count: number, width: number, packedWidth: number, scale: Scale): Int8Array {
  const packed = new Int8Array(packedWidth * count)
  for (let j = 0; j < count; j++) {
    for (let t = 0; t < width; t++) packed[t * count + j] = Math.round(centres[(first + j) * width + t]! / scale.centre)
    let left = Math.round((bias[first + j]! - scale.middle) / scale.bias)
    for (let part = 0; part < biasWidth; part++) {
      const taken = Math.max(-mostOfCentre, Math.min(mostOfCentre, left))
      packed[(width + part) * count + j] = taken
      left -= taken
    }
  }
  return packed
}

/** How far below the best score a centre may lie that is nearer all the same, in units of the integer scores. */
export function margin(scale: Scale, multiple: number): number {
  const step = scale.bias / (multiple * scale.centre)
  // Rounding to steps of s has the variance s²/12; a difference of two scores has twice that of one.
  const variance = (step * step * scale.longest + scale.centre * scale.centre * vectorSquares + scale.bias * scale.bias) / 6
  return (doubt * Math.sqrt(variance)) / (step * scale.centre)
}

/**
 * `v` [rows, width] to `q` [rows, packed width] in uint8: components by a step of the row's own, then the row's multiple in every dimension of the bias.
 * The step times the centres' step is a whole part `m` of the bias's, so that the bias is not rounded a second time. A vector far longer than every
 * centre is shrunk. Single float32 operations, so the same on every CPU.
 */
export function quantiserModel(width: number, packedWidth: number, scale: Scale): Uint8Array {
  const one = (name: string, value: number) => floats(name, Float32Array.of(value), [])
  return encodeModel({
    opset: 17,
    nodes: [
      { op: 'Abs', inputs: ['v'], outputs: ['abs'] },
      { op: 'ReduceMax', inputs: ['abs'], outputs: ['most'], attributes: { axes: { ints: [1] }, keepdims: { int: 1 } } },
      { op: 'Max', inputs: ['most', 'tiny'], outputs: ['largest'] },
      { op: 'Div', inputs: ['room', 'largest'], outputs: ['multiples'] },
      { op: 'Floor', inputs: ['multiples'], outputs: ['whole'] },
      { op: 'Clip', inputs: ['whole', 'one', 'most_of_vector'], outputs: ['m'] },
      { op: 'Mul', inputs: ['m', 'per_multiple'], outputs: ['wanted'] },
      { op: 'Div', inputs: ['most_of_vector', 'largest'], outputs: ['fitting'] },
      { op: 'Min', inputs: ['wanted', 'fitting'], outputs: ['per_step'] },
      { op: 'Mul', inputs: ['v', 'per_step'], outputs: ['steps'] },
      { op: 'QuantizeLinear', inputs: ['steps', 'one', 'zero_point'], outputs: ['components'] },
      { op: 'Mul', inputs: ['m', 'ones'], outputs: ['biases'] },
      { op: 'QuantizeLinear', inputs: ['biases', 'one', 'zero_point'], outputs: ['bias'] },
      { op: 'Concat', inputs: ['components', 'bias'], outputs: ['q'], attributes: { axis: { int: 1 } } },
    ],
    inputs: [{ name: 'v', type: 'float32', dims: ['rows', width] }],
    initializers: [
      one('tiny', 1e-30),
      one('one', 1),
      one('most_of_vector', mostOfVector),
      one('room', (mostOfVector * scale.bias) / scale.centre),
      one('per_multiple', scale.centre / scale.bias),
      { name: 'zero_point', type: 'uint8', data: Uint8Array.of(zeroPoint), dims: [] },
      floats('ones', new Float32Array(packedWidth - width).fill(1), [1, packedWidth - width]),
    ],
    outputs: [
      { name: 'q', type: 'uint8', dims: ['rows', packedWidth] },
      { name: 'm', type: 'float32', dims: ['rows', 1] },
    ],
  })
}

/** Integer products with all centres of a tile, and the best few. */
export function tileModel(packed: Int8Array, packedWidth: number, count: number): Uint8Array {
  return encodeModel({
    opset: 17,
    nodes: [
      { op: 'MatMulInteger', inputs: ['x', 'c', 'z'], outputs: ['s'] },
      { op: 'TopK', inputs: ['s', 'n'], outputs: ['v', 'i'], attributes: { axis: { int: 1 } } },
    ],
    inputs: [
      { name: 'x', type: 'uint8', dims: ['rows', packedWidth] },
      { name: 'n', type: 'int64', dims: [1] },
    ],
    initializers: [
      { name: 'c', type: 'int8', data: packed, dims: [packedWidth, count] },
      { name: 'z', type: 'uint8', data: Uint8Array.of(zeroPoint), dims: [] },
    ],
    outputs: [
      { name: 'v', type: 'int32', dims: ['rows', 'keep'] },
      { name: 'i', type: 'int64', dims: ['rows', 'keep'] },
    ],
  })
}
