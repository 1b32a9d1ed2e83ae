import { encodeModel } from '../onnx/model.js'
import type { Table } from './table.js'

/** Extra dimensions that carry the bias of a centre, which 8 bits could not. */
const biasWidth = 8
/**
 * Vectors take 7 bits around this zero point, centres 8: two products of such pairs still fit the 16 bits
 * that AVX2 adds them in.
 */
export const zeroPoint = 64
export const mostOfVector = 63
const mostOfCentre = 127
/** Vectors are of unit length, as `embed` writes them; of others the doubt is only estimated less well. */
const vectorSquares = 1
/**
 * Standard deviations of the rounding of two scores that a candidate may lie below the best and still be
 * compared.
 */
const doubt = 4

/** Of a vector and its bias, a multiple of what vector units take at once. */
export const packedWidthOf = (width: number) => 16 * Math.ceil((width + biasWidth) / 16)

/**
 * Steps of the centres' components and of their bias, and the longest centre's squared length. A vector takes
 * a step of its own, such that it times the centres' step is a whole part of the bias's (the row's multiple),
 * so that the bias is not rounded a second time: `per_multiple` of the multiple, which is at most `room` over
 * the vector's largest component. A vector far longer than every centre is shrunk.
 */
export interface Scale {
  readonly centre: number
  readonly bias: number
  readonly middle: number
  readonly longest: number
  readonly per_multiple: number
  readonly room: number
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
  // Fine enough for the bias, coarse enough that a vector with components eight times as large as the
  // centres' still takes one multiple.
  const step = Math.max((high - low) / (2 * mostOfCentre * biasWidth), 16 * centre * centre)
  return {
    centre,
    bias: step,
    middle: (low + high) / 2,
    longest: -2 * low,
    per_multiple: centre / step,
    room: (mostOfVector * step) / centre,
  }
}

/** [packed width, count]: a column is a centre, and after it its bias in parts of at most 127 steps. */
export function packCentres(
  { centres, bias }: Table,
  first: number,
  count: number,
  width: number,
  packedWidth: number,
  scale: Scale,
): Int8Array {
  const packed = new Int8Array(packedWidth * count)
  for (let j = 0; j < count; j++) {
    for (let t = 0; t < width; t++)
      packed[t * count + j] = Math.round(centres[(first + j) * width + t]! / scale.centre)
    let left = Math.round((bias[first + j]! - scale.middle) / scale.bias)
    for (let part = 0; part < biasWidth; part++) {
      const taken = Math.max(-mostOfCentre, Math.min(mostOfCentre, left))
      packed[(width + part) * count + j] = taken
      left -= taken
    }
  }
  return packed
}

/**
 * How far below the best score a centre may lie that is nearer all the same, in units of the integer scores.
 */
export function margin(scale: Scale, multiple: number): number {
  const step = scale.bias / (multiple * scale.centre)
  // Rounding to steps of s has the variance s²/12; a difference of two scores has twice that of one.
  const variance =
    (step * step * scale.longest + scale.centre * scale.centre * vectorSquares + scale.bias * scale.bias) / 6
  return (doubt * Math.sqrt(variance)) / (step * scale.centre)
}

/**
 * Integer products with all centres of a tile, and the best few; of several, groups of columns
 * (`bestColumns`) save nothing.
 */
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
