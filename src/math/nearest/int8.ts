import { encodeModel } from '../onnx/model.js'
import type { Table } from './table.js'

/** Extra dimensions that carry the bias of a centre, which 8 bits could not. */
const biasWidth = 8
/**
 * Vectors take 7 bits around this zero point, centres 8: two products of such pairs still fit the 16 bits
 * that AVX2 adds them in.
 */
export const zeroPoint = 64
export const maxVectorStep = 63
const maxCentreStep = 127
/** Vectors have unit length, as `embed` writes them; for others the rounding error is estimated less well. */
const vectorSquares = 1
/**
 * A candidate whose score is at most this many standard deviations of the rounding error below the best is
 * still compared exactly.
 */
const roundingDeviations = 4

/** Width of a vector with its bias, rounded up to what vector units take at once. */
export const packedWidthOf = (width: number) => 16 * Math.ceil((width + biasWidth) / 16)

/**
 * Quantisation steps of the centres' components and of their bias, and the longest centre's squared length.
 *
 * Each vector has its own step: the bias step divided by the centres' step and by a whole number, the
 * row's multiple. So the product of the two steps divides the bias step, and the bias is not rounded a second
 * time. The multiple is at most `room` over the vector's largest component; a vector's components times
 * `per_multiple` and the multiple are its steps. A vector far longer than every centre is shrunk.
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
  const centre = largest === 0 ? 1 : largest / maxCentreStep
  // Fine enough for the bias, coarse enough that a vector with components eight times as large as the
  // centres' still takes one multiple.
  const step = Math.max((high - low) / (2 * maxCentreStep * biasWidth), 16 * centre * centre)
  return {
    centre,
    bias: step,
    middle: (low + high) / 2,
    longest: -2 * low,
    per_multiple: centre / step,
    room: (maxVectorStep * step) / centre,
  }
}

/** [packed width, count]: each column is a centre followed by its bias in parts of at most 127 steps. */
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
      const taken = Math.max(-maxCentreStep, Math.min(maxCentreStep, left))
      packed[(width + part) * count + j] = taken
      left -= taken
    }
  }
  return packed
}

/**
 * How far below the best integer score the nearest centre's score can be, because both are rounded. In units
 * of the integer scores.
 */
export function roundingError(scale: Scale, multiple: number): number {
  const step = scale.bias / (multiple * scale.centre)
  // Rounding to steps of s has the variance s²/12; a difference of two scores has twice that of one.
  const variance =
    (step * step * scale.longest + scale.centre * scale.centre * vectorSquares + scale.bias * scale.bias) / 6
  return (roundingDeviations * Math.sqrt(variance)) / (step * scale.centre)
}

/**
 * Integer products with all centres of a tile, and the best few. Groups (`bestColumns`) would save nothing.
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
