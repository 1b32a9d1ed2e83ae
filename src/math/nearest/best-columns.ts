import { integers, type OnnxNode, type OnnxTensor, type OnnxValue } from '../onnx/model.js'
import type { Session, Tensor } from '../session.js'

/** Columns per group, as a power of two: the groups' maxima cost onnxruntime a third of a full search. */
const groupBits = 6
const groupColumns = 1 << groupBits

/** The number of columns that `bestColumns` needs for `count` of them: a multiple of a group. */
export const paddedColumns = (count: number) => groupColumns * Math.ceil(count / groupColumns)

/**
 * The end of a graph: the n best columns of the scores `s` [rows, columns]; of equal columns the first. The n
 * best are in the n groups with the highest maxima, so the other groups need not be searched. Those groups
 * are put back in order before the last choice, so that ties are decided by column.
 */
export const bestColumns: {
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxValue[]
  readonly initializers: readonly OnnxTensor[]
} = {
  nodes: [
    { op: 'Reshape', inputs: ['s', 'in_groups'], outputs: ['groups'] },
    {
      op: 'ReduceMax',
      inputs: ['groups'],
      outputs: ['maxima'],
      attributes: { axes: { ints: [2] }, keepdims: { int: 0 } },
    },
    {
      op: 'TopK',
      inputs: ['maxima', 'k'],
      outputs: ['highest_maxima', 'highest_groups'],
      attributes: { axis: { int: 1 } },
    },
    {
      op: 'TopK',
      inputs: ['highest_groups', 'k'],
      outputs: ['g', 'ranks'],
      attributes: { axis: { int: 1 }, largest: { int: 0 } },
    },
    { op: 'Unsqueeze', inputs: ['g', 'last'], outputs: ['places'] },
    {
      op: 'GatherND',
      inputs: ['groups', 'places'],
      outputs: ['chosen'],
      attributes: { batch_dims: { int: 1 } },
    },
    { op: 'Reshape', inputs: ['chosen', 'in_rows'], outputs: ['few'] },
    { op: 'TopK', inputs: ['few', 'n'], outputs: ['v', 'i'], attributes: { axis: { int: 1 } } },
  ],
  inputs: [
    { name: 'n', type: 'int64', dims: [1] },
    { name: 'k', type: 'int64', dims: [1] },
  ],
  initializers: [
    integers('in_groups', [0, -1, groupColumns]),
    integers('in_rows', [0, -1]),
    integers('last', [2]),
  ],
}

/** Outputs of a graph that ends in `bestColumns`. */
export const bestOutputs: readonly OnnxValue[] = [
  { name: 'v', type: 'float32', dims: ['rows', 'n'] },
  { name: 'i', type: 'int64', dims: ['rows', 'n'] },
  { name: 'g', type: 'int64', dims: ['rows', 'k'] },
]

/** `score` and `column` [rows, n], best first. */
export interface BestColumns {
  readonly score: Float32Array
  readonly column: Uint32Array
}

export async function runBest(
  run: Session['run'],
  feeds: { readonly [input: string]: Tensor },
  rows: number,
  columns: number,
  n: number,
): Promise<BestColumns> {
  const groups = Math.min(n, paddedColumns(columns) / groupColumns)
  const { v, i, g } = await run({ ...feeds, n: integers('n', [n]), k: integers('k', [groups]) })
  const place = lowHalves(i!)
  const group = lowHalves(g!)
  const column = new Uint32Array(rows * n)
  for (let row = 0, at = 0; row < rows; row++) {
    for (const end = at + n; at < end; at++) {
      const within = place[2 * at]!
      column[at] =
        (group[2 * (row * groups + (within >> groupBits))]! << groupBits) + (within & (groupColumns - 1))
    }
  }
  return { score: v!.data as Float32Array, column }
}

/** The low halves of int64 numbers, every second entry: columns are far below 2^32, and BigInt is slow. */
export function lowHalves({ data }: Tensor): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.length * 2)
}
