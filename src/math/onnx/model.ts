import type { Tensor } from '../session.js'
import { ProtobufWriter } from './protobuf.js'

/**
 * An ONNX graph as plain data, so that small models need no Python. Field numbers are from onnx.proto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
export interface OnnxGraph {
  readonly name?: string | undefined
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly initializers?: readonly OnnxTensor[] | undefined
  /** Version of the default operator set. */
  readonly opset: number
}

export interface OnnxNode {
  readonly op: string
  /** An empty name stands for an omitted optional input. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: { readonly [name: string]: OnnxAttribute } | undefined
}

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }

export interface OnnxValue {
  readonly name: string
  readonly type: Tensor['type']
  /** A string names a free dimension. */
  readonly dims: readonly (number | string)[]
}

export interface OnnxTensor extends Tensor {
  readonly name: string
}

const elementType: { readonly [type in Tensor['type']]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
}
const attributeType = { float: 1, int: 2, text: 3, floats: 6, ints: 7 }

/**
 * The intermediate representation of ONNX 1.10: the first that has every operator used here, and old enough
 * for any runtime.
 */
const irVersion = 8

/** Encodes a model as an `.onnx` file. Equal graphs have equal bytes. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  return new ProtobufWriter()
    .integer(1, irVersion)
    .text(2, 'coterie')
    .message(7, (writer) => writeGraph(writer, graph))
    .message(8, (writer) => writer.text(1, '').integer(2, graph.opset))
    .finish()
}

function writeGraph(writer: ProtobufWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) writer.message(1, (inner) => writeNode(inner, node))
  writer.text(2, graph.name ?? 'main')
  for (const tensor of graph.initializers ?? []) writer.message(5, (inner) => writeTensor(inner, tensor))
  for (const input of graph.inputs) writer.message(11, (inner) => writeValue(inner, input))
  for (const output of graph.outputs) writer.message(12, (inner) => writeValue(inner, output))
}

export function writeNode(writer: ProtobufWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.text(1, input)
  for (const output of node.outputs) writer.text(2, output)
  writer.text(3, `${node.op}:${node.outputs[0] ?? ''}`)
  writer.text(4, node.op)
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    writer.message(5, (inner) => writeAttribute(inner, name, value))
}

function writeAttribute(writer: ProtobufWriter, name: string, value: OnnxAttribute): void {
  writer.text(1, name)
  if ('float' in value) writer.float(2, value.float).integer(20, attributeType.float)
  else if ('int' in value) writer.integer(3, value.int).integer(20, attributeType.int)
  else if ('text' in value) writer.text(4, value.text).integer(20, attributeType.text)
  else if ('floats' in value) {
    for (const item of value.floats) writer.float(7, item)
    writer.integer(20, attributeType.floats)
  } else {
    for (const item of value.ints) writer.integer(8, item)
    writer.integer(20, attributeType.ints)
  }
}

export function writeTensor(writer: ProtobufWriter, tensor: OnnxTensor): void {
  const size = tensor.dims.reduce((product, dim) => product * dim, 1)
  if (size !== tensor.data.length)
    throw new RangeError(
      `${tensor.name}: dims [${tensor.dims.join(', ')}] hold ${size} values, got ${tensor.data.length}`,
    )
  for (const dim of tensor.dims) writer.integer(1, dim)
  writer.integer(2, elementType[tensor.type])
  writer.text(8, tensor.name)
  writer.bytes(9, new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength))
}

export function writeValue(writer: ProtobufWriter, value: OnnxValue): void {
  writer.text(1, value.name)
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, elementType[value.type])
      tensor.message(2, (shape) => {
        for (const dim of value.dims) {
          shape.message(1, (inner) => (typeof dim === 'string' ? inner.text(2, dim) : inner.integer(1, dim)))
        }
      })
    }),
  )
}

/** A float32 constant. */
export function floats(
  name: string,
  data: Float32Array | readonly number[],
  dims: readonly number[],
): OnnxTensor {
  return { name, type: 'float32', data: data instanceof Float32Array ? data : Float32Array.from(data), dims }
}

/** An int64 constant, such as for axes and shapes. */
export function integers(
  name: string,
  data: readonly number[],
  dims: readonly number[] = [data.length],
): OnnxTensor {
  return { name, type: 'int64', data: BigInt64Array.from(data, BigInt), dims }
}
