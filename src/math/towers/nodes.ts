import { floats, integers, type OnnxNode, type OnnxTensor } from '../onnx/model.js'

export interface Fragment {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
}

/** The first operator set in which ReduceSum takes its axes as an input, as the fragments here require. */
export const minOpset = 13

/**
 * Scales rows of [b, width] to length 1; a zero row stays zero. Names start with `output`, so a graph can
 * have several.
 */
export function normaliseFragment(input: string, output: string): Fragment {
  return {
    nodes: [
      { op: 'Mul', inputs: [input, input], outputs: [`${output}_squares`] },
      {
        op: 'ReduceSum',
        inputs: [`${output}_squares`, `${output}_axis`],
        outputs: [`${output}_square`],
        attributes: { keepdims: { int: 1 } },
      },
      { op: 'Sqrt', inputs: [`${output}_square`], outputs: [`${output}_length`] },
      { op: 'Max', inputs: [`${output}_length`, `${output}_least`], outputs: [`${output}_divisor`] },
      { op: 'Div', inputs: [input, `${output}_divisor`], outputs: [output] },
    ],
    initializers: [integers(`${output}_axis`, [1]), floats(`${output}_least`, [1e-12], [1])],
  }
}

/** (x − mean)·matrix: [b, rows] → [b, columns]. */
export function linearFragment(
  input: string,
  output: string,
  mean: Float32Array | undefined,
  matrix: Float32Array,
  rows: number,
  columns: number,
): Fragment {
  const centred = `${output}_centred`
  return {
    nodes: [
      ...(mean ? [{ op: 'Sub', inputs: [input, `${output}_mean`], outputs: [centred] }] : []),
      { op: 'MatMul', inputs: [mean ? centred : input, `${output}_matrix`], outputs: [output] },
    ],
    initializers: [
      ...(mean ? [floats(`${output}_mean`, mean, [1, rows])] : []),
      floats(`${output}_matrix`, matrix, [rows, columns]),
    ],
  }
}

export function join(...fragments: readonly Fragment[]): Fragment {
  return {
    nodes: fragments.flatMap(({ nodes }) => nodes),
    initializers: fragments.flatMap(({ initializers }) => initializers),
  }
}
