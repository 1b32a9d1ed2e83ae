import { PipelineError } from '../../core/error.js'
import { extendModel, opsetOf } from '../onnx/extend.js'
import { encodeModel, floats, integers, type OnnxNode, type OnnxTensor } from '../onnx/model.js'
import type { Whitening } from '../ridge/whiten.js'
import type { Tensor } from '../session.js'
import { join, linearFragment, normaliseFragment, minOpset, type Fragment } from './nodes.js'

/** The data of a static encoder that its text tower needs. */
export interface StaticText {
  /** [rows, width] in the type that the encoder stores. */
  readonly vectors: Pick<Tensor, 'type' | 'data'>
  readonly rows: number
  readonly width: number
  /** Row of `vectors` for every token id; the identity if undefined. */
  readonly mapping?: Uint32Array | undefined
  /** Weight of every token id; 0 ignores the token. */
  readonly weights: Float32Array
}

/**
 * `input_ids`, `attention_mask` int64 [b, t] → `text_embedding` [b, width]: weighted mean of token vectors,
 * scaled to length 1, whitened, scaled again.
 */
export function encodeStaticText(text: StaticText, whitening: Whitening): Uint8Array {
  const { vectors, rows, width, mapping, weights } = text
  const tail = whiteningTail('sentence_vector', whitening)
  return encodeModel({
    opset: 17,
    nodes: [
      { op: 'Gather', inputs: ['token_weights', 'input_ids'], outputs: ['weights_raw'] },
      { op: 'Cast', inputs: ['attention_mask'], outputs: ['mask'], attributes: { to: { int: 1 } } },
      { op: 'Mul', inputs: ['weights_raw', 'mask'], outputs: ['weights'] },
      { op: 'Unsqueeze', inputs: ['weights', 'last_axis'], outputs: ['weights_column'] },
      ...(mapping ? [{ op: 'Gather', inputs: ['token_rows', 'input_ids'], outputs: ['rows'] }] : []),
      { op: 'Gather', inputs: ['token_vectors', mapping ? 'rows' : 'input_ids'], outputs: ['vectors_raw'] },
      { op: 'Cast', inputs: ['vectors_raw'], outputs: ['vectors'], attributes: { to: { int: 1 } } },
      { op: 'Mul', inputs: ['vectors', 'weights_column'], outputs: ['weighted'] },
      {
        op: 'ReduceSum',
        inputs: ['weighted', 'token_axis'],
        outputs: ['summed'],
        attributes: { keepdims: { int: 0 } },
      },
      ...normaliseFragment('summed', 'sentence_vector').nodes,
      ...tail.nodes,
    ],
    initializers: [
      floats('token_weights', weights, [weights.length]),
      ...(mapping ? [integers('token_rows', Array.from(mapping))] : []),
      { name: 'token_vectors', type: vectors.type, data: vectors.data, dims: [rows, width] },
      integers('last_axis', [2]),
      integers('token_axis', [1]),
      ...normaliseFragment('summed', 'sentence_vector').initializers,
      ...tail.initializers,
    ],
    inputs: textInputs,
    outputs: [{ name: 'text_embedding', type: 'float32', dims: ['batch', whitening.width] }],
  })
}

const textInputs = [
  { name: 'input_ids', type: 'int64', dims: ['batch', 'tokens'] },
  { name: 'attention_mask', type: 'int64', dims: ['batch', 'tokens'] },
] as const

/** Pooling of an output [b, t, width]; `none` for an output [b, width]. */
export type TextPooling = 'mean' | 'cls' | 'none'

/**
 * Extends a transformer's graph by pooling, scaling, whitening and scaling. `output` is the output to pool;
 * an input `token_type_ids` is set to zeros.
 */
export function encodeTransformerText(
  model: Uint8Array,
  of: { readonly output: string; readonly inputs: readonly string[]; readonly pooling: TextPooling },
  whitening: Whitening,
): Uint8Array {
  requireOpset(model)
  const pooled = of.pooling === 'none' ? { nodes: [], initializers: [] } : pool(of.output, of.pooling)
  const tail = join(
    pooled,
    normaliseFragment(of.pooling === 'none' ? of.output : 'pooled', 'sentence_vector'),
    whiteningTail('sentence_vector', whitening),
  )
  const extra = of.inputs.filter((name) => name !== 'input_ids' && name !== 'attention_mask')
  if (extra.some((name) => name !== 'token_type_ids')) {
    throw new PipelineError({
      code: 'E_TEXT_GRAPH',
      message: 'the text graph has inputs that a bundle cannot provide',
      expected: 'input_ids, attention_mask, token_type_ids',
      found: of.inputs.join(', '),
    })
  }
  return extendModel(model, {
    before: extra.map((name) => ({ op: 'Sub', inputs: ['input_ids', 'input_ids'], outputs: [name] })),
    ...tail,
    outputs: [{ name: 'text_embedding', type: 'float32', dims: ['batch', whitening.width] }],
  })
}

export function requireOpset(model: Uint8Array): void {
  const opset = opsetOf(model)
  if (opset >= minOpset) return
  throw new PipelineError({
    code: 'E_OLD_GRAPH',
    message: 'the ONNX graph is too old to be extended',
    expected: `operator set ${minOpset} or newer`,
    found: `operator set ${opset}`,
    hint: 'export the model again with a newer opset_version',
  })
}

function whiteningTail(input: string, { mean, matrix, width }: Whitening): Fragment {
  return join(
    linearFragment(input, 'text_white', mean, matrix, width, width),
    normaliseFragment('text_white', 'text_embedding'),
  )
}

function pool(output: string, pooling: 'mean' | 'cls'): Fragment {
  if (pooling === 'cls') {
    return {
      nodes: [
        {
          op: 'Gather',
          inputs: [output, 'first_token'],
          outputs: ['pooled'],
          attributes: { axis: { int: 1 } },
        },
      ],
      initializers: [scalar('first_token', 0)],
    }
  }
  const nodes: OnnxNode[] = [
    { op: 'Cast', inputs: ['attention_mask'], outputs: ['pool_mask'], attributes: { to: { int: 1 } } },
    { op: 'Unsqueeze', inputs: ['pool_mask', 'pool_last'], outputs: ['pool_column'] },
    { op: 'Mul', inputs: [output, 'pool_column'], outputs: ['pool_masked'] },
    // The mean's division by the count is left out, since scaling to length 1 would undo it.
    {
      op: 'ReduceSum',
      inputs: ['pool_masked', 'pool_axis'],
      outputs: ['pooled'],
      attributes: { keepdims: { int: 0 } },
    },
  ]
  return { nodes, initializers: [integers('pool_last', [2]), integers('pool_axis', [1])] }
}

function scalar(name: string, value: number): OnnxTensor {
  return integers(name, [value], [])
}
