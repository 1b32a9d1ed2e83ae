import { ProtobufWriter, readFields } from './protobuf.js'
import {
  writeNode,
  writeTensor,
  writeValue,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './model.js'

export interface Extension {
  /** Run after the model's own nodes. Their names and outputs must not occur in the model. */
  readonly nodes: readonly OnnxNode[]
  readonly initializers?: readonly OnnxTensor[] | undefined
  /** Replace the model's own outputs. */
  readonly outputs: readonly OnnxValue[]
  /** Run before the model's own nodes. Their outputs replace the model's inputs of the same names. */
  readonly before?: readonly OnnxNode[] | undefined
}

const modelGraph = 7
const graphOutput = 12
const graphInput = 11

/**
 * Adds nodes to an ONNX model without interpreting it: every field except the graph's outputs (and replaced
 * inputs) is copied. The new nodes must be valid in the model's operator set.
 */
export function extendModel(model: Uint8Array, extension: Extension): Uint8Array {
  const before = extension.before ?? []
  const replaced = new Set(before.flatMap((node) => node.outputs))
  const out = new ProtobufWriter()
  for (const field of readFields(model)) {
    if (field.field !== modelGraph) {
      out.raw(field.whole)
      continue
    }
    out.message(modelGraph, (graph) => {
      for (const node of before) graph.message(1, (inner) => writeNode(inner, node))
      for (const part of readFields(field.payload)) {
        if (part.field === graphOutput) continue
        if (part.field === graphInput && replaced.has(nameOf(part.payload))) continue
        graph.raw(part.whole)
      }
      for (const node of extension.nodes) graph.message(1, (inner) => writeNode(inner, node))
      for (const tensor of extension.initializers ?? [])
        graph.message(5, (inner) => writeTensor(inner, tensor))
      for (const output of extension.outputs) graph.message(graphOutput, (inner) => writeValue(inner, output))
    })
  }
  return out.finish()
}

/** Version of the default operator set, on which the form of nodes depends. */
export function opsetOf(model: Uint8Array): number {
  for (const field of readFields(model)) {
    if (field.field !== 8) continue
    let domain = ''
    let version = 0
    for (const part of readFields(field.payload)) {
      if (part.field === 1) domain = Buffer.from(part.payload).toString('utf8')
      if (part.field === 2) version = varintOf(part.payload)
    }
    if (domain === '' || domain === 'ai.onnx') return version
  }
  throw new RangeError('the model has no operator set')
}

function nameOf(value: Uint8Array): string {
  for (const part of readFields(value))
    if (part.field === 1) return Buffer.from(part.payload).toString('utf8')
  return ''
}

function varintOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte, index) => sum + (byte & 127) * 2 ** (7 * index), 0)
}
