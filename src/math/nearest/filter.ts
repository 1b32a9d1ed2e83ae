import { encodeModel, floats } from '../onnx/model.js'
import type { Session } from '../session.js'
import { openSession } from '../session/open.js'
import { squaredDistance } from './distance.js'
import type { NearestScores } from './product.js'
import type { Table } from './table.js'

const batchRows = 512
/** Columns of one product: its scores stay in the cache until the best of them are chosen. */
const tileColumns = 1024
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

/**
 * Nearest centres in two steps. First all centres as 8-bit integers: a score is the integer sum of x · c and the bias −‖c‖²/2, exact and the same
 * on every CPU. Then the best few whose scores lie within the doubt of rounding, by their distance in float64 in a fixed order. A centre is missed only
 * if rounding moves it by more than the doubt or out of the best few, so callers measure the recall. A row's answer depends on that row and the table
 * alone, and on no instruction set.
 */
export interface Filter {
  /** Fills `index`, `score` (half the squared distance, negative) and `distance`; compares `keep` centres of each row at most. */
  into(scores: NearestScores, vectors: Float32Array, rows: number, keep: number): Promise<void>
  close(): Promise<void>
}

export async function openFilter(width: number, table: Table): Promise<Filter> {
  const scale = scaleOf(table)
  const packedWidth = 16 * Math.ceil((width + biasWidth) / 16)
  const options = { threads: 1, reuse_memory: true }
  const quantiser = await openSession(quantiserModel(width, packedWidth, scale), options)
  const tiles: { first: number; count: number; session: Session }[] = []
  for (let first = 0; first < table.count; first += tileColumns) {
    const count = Math.min(tileColumns, table.count - first)
    const packed = packCentres(table, first, count, width, packedWidth, scale)
    tiles.push({ first, count, session: await openSession(tileModel(packed, packedWidth, count), options) })
  }
  const batch = new Float32Array(batchRows * width)

  return {
    async into({ index, score, distance }, vectors, rows, keep) {
      const best = new Int32Array(batchRows * keep)
      const columns = new Uint32Array(batchRows * keep)
      for (let start = 0; start < rows; start += batchRows) {
        const count = Math.min(batchRows, rows - start)
        const some = batch.subarray(0, count * width)
        some.set(vectors.subarray(start * width, (start + count) * width))
        const { q, m } = await quantiser.run({ v: { type: 'float32', data: some, dims: [count, width] } })
        const multiples = m!.data as Float32Array
        best.fill(lowest)
        for (const tile of tiles) await candidates(tile, q!.data as Uint8Array, count, keep, best, columns)
        for (let row = 0; row < count; row++) {
          const at = row * keep
          const from = (start + row) * width
          let nearest = columns[at]!
          let least = squaredDistance(vectors, from, table.centres, nearest * width, width)
          const enough = Math.max(lowest + 1, best[at]! - margin(scale, multiples[row]!))
          for (let rank = 1; rank < keep && best[at + rank]! >= enough; rank++) {
            const other = columns[at + rank]!
            const squared = squaredDistance(vectors, from, table.centres, other * width, width)
            if (squared > least || (squared === least && other > nearest)) continue
            nearest = other
            least = squared
          }
          index[start + row] = nearest
          score[start + row] = -least / 2
          distance[start + row] = Math.sqrt(least)
        }
      }
    },
    async close() {
      await quantiser.close()
      for (const { session } of tiles) await session.close()
    },
  }

  /** The best `keep` of a tile, into the best of all tiles before it. */
  async function candidates({ first, count, session }: (typeof tiles)[number], x: Uint8Array, rows: number, keep: number, best: Int32Array, columns: Uint32Array): Promise<void> {
    const held = Math.min(keep, count)
    const { v, i } = await session.run({
      x: { type: 'uint8', data: x, dims: [rows, packedWidth] },
      n: { type: 'int64', data: BigInt64Array.of(BigInt(held)), dims: [1] },
    })
    const values = v!.data as Int32Array
    const wide = i!.data as BigInt64Array
    // Columns are far below 2^32: the low halves of the int64 are read, which spares a BigInt each.
    const low = new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2)
    for (let row = 0; row < rows; row++) {
      const end = (row + 1) * keep - 1
      for (let rank = 0; rank < held; rank++) {
        const value = values[row * held + rank]!
        if (value <= best[end]!) break
        let at = end
        for (; at > row * keep && value > best[at - 1]!; at--) {
          best[at] = best[at - 1]!
          columns[at] = columns[at - 1]!
        }
        best[at] = value
        columns[at] = first + low[2 * (row * held + rank)]!
      }
    }
  }
}

const lowest = -2147483648

/** Steps of the centres' components and of their bias, and the longest centre's squared length. */
interface Scale {
  readonly centre: number
  readonly bias: number
  readonly middle: number
  readonly longest: number
}

function scaleOf({ centres, bias, count }: Table): Scale {
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
function packCentres({ centres, bias }: Table, first: number, count: number, width: number, packedWidth: number, scale: Scale): Int8Array {
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
function margin(scale: Scale, multiple: number): number {
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
function quantiserModel(width: number, packedWidth: number, scale: Scale): Uint8Array {
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
function tileModel(packed: Int8Array, packedWidth: number, count: number): Uint8Array {
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
