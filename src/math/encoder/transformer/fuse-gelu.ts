import { ProtobufWriter, readFields } from '../../onnx/protobuf.js'

interface Node {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Byte offset, which identifies the node in a second pass. */
  readonly at: number
}

/** Field numbers of onnx.proto. */
const model = { graph: 7, opset: 8 } as const
const graph = { node: 1, initializer: 5, output: 12 } as const

/**
 * Replaces x · ½ · (1 + erf(x / √2)) by onnxruntime's operator Gelu, which reads the widest activations once
 * instead of five times (and includes the bias). Current exporters write five nodes, in an order that
 * onnxruntime's own fusion misses. Anything that does not match exactly is kept; without a match, returns the
 * same bytes.
 */
export function fuseGelu(bytes: Uint8Array): Uint8Array {
  let body: Uint8Array | undefined
  try {
    body = [...readFields(bytes)].find((field) => field.field === model.graph)?.payload
    if (!body) return bytes
    const { replaced, removed } = findGelus(body)
    return replaced.size === 0 ? bytes : rewrite(bytes, replaced, removed)
  } catch (error) {
    // onnxruntime reports a broken model better.
    if (error instanceof RangeError) return bytes
    throw error
  }
}

function rewrite(
  bytes: Uint8Array,
  replaced: ReadonlyMap<number, Node>,
  removed: ReadonlySet<number>,
): Uint8Array {
  const out = new ProtobufWriter()
  for (const field of readFields(bytes)) {
    if (field.field !== model.graph) {
      out.raw(field.whole)
      continue
    }
    out.message(model.graph, (writer) => {
      for (const part of readFields(field.payload)) {
        const gelu = part.field === graph.node ? replaced.get(part.whole.byteOffset) : undefined
        if (gelu) {
          writer.message(graph.node, (node) =>
            node
              .text(1, gelu.inputs[0] as string)
              .text(2, gelu.outputs[0] as string)
              .text(3, `gelu:${gelu.outputs[0]}`)
              .text(4, 'Gelu')
              .text(7, 'com.microsoft'),
          )
        } else if (part.field !== graph.node || !removed.has(part.whole.byteOffset)) {
          writer.raw(part.whole)
        }
      }
    })
  }
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('com.microsoft')) {
    out.message(model.opset, (writer) => writer.text(1, 'com.microsoft').integer(2, 1))
  }
  return out.finish()
}

function findGelus(body: Uint8Array): { replaced: Map<number, Node>; removed: Set<number> } {
  const { nodes, scalars, outputs } = readGraph(body)
  const producer = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const consumers = new Map<string, Node[]>()
  for (const node of nodes)
    for (const name of node.inputs) consumers.set(name, [...(consumers.get(name) ?? []), node])

  const only = (name: string | undefined, op: string): Node | undefined => {
    const users = name === undefined || outputs.has(name) ? [] : (consumers.get(name) ?? [])
    return users.length === 1 && users[0]?.op === op ? users[0] : undefined
  }
  const isNumber = (name: string | undefined, value: number) =>
    name !== undefined && Math.abs((scalars.get(name) ?? NaN) - value) < 1e-6
  const other = (node: Node, name: string) => (node.inputs[0] === name ? node.inputs[1] : node.inputs[0])

  const replaced = new Map<number, Node>()
  const removed = new Set<number>()
  for (const erf of nodes) {
    if (erf.op !== 'Erf') continue
    const scale = producer.get(erf.inputs[0] as string)
    if (!scale || !only(scale.outputs[0], 'Erf')) continue
    const divided = scale.op === 'Div' && isNumber(scale.inputs[1], Math.SQRT2)
    const multiplied = scale.op === 'Mul' && scale.inputs.some((name) => isNumber(name, Math.SQRT1_2))
    const x = divided
      ? scale.inputs[0]
      : multiplied
        ? scale.inputs.find((name) => !isNumber(name, Math.SQRT1_2))
        : undefined
    const plusOne = only(erf.outputs[0], 'Add')
    const first =
      plusOne && isNumber(other(plusOne, erf.outputs[0] as string), 1)
        ? only(plusOne.outputs[0], 'Mul')
        : undefined
    const second = first && only(first.outputs[0], 'Mul')
    if (x === undefined || !plusOne || !first || !second) continue
    const factors = [other(first, plusOne.outputs[0] as string), other(second, first.outputs[0] as string)]
    if (!factors.includes(x) || !factors.some((name) => isNumber(name, 0.5))) continue
    replaced.set(second.at, { op: 'Gelu', inputs: [x], outputs: second.outputs, at: second.at })
    for (const node of [scale, erf, plusOne, first]) removed.add(node.at)
  }
  return { replaced, removed }
}

function readGraph(body: Uint8Array): { nodes: Node[]; scalars: Map<string, number>; outputs: Set<string> } {
  const nodes: Node[] = []
  const scalars = new Map<string, number>()
  const outputs = new Set<string>()
  for (const part of readFields(body)) {
    if (part.field === graph.node) {
      const node = { op: '', inputs: [] as string[], outputs: [] as string[], at: part.whole.byteOffset }
      for (const field of readFields(part.payload)) {
        if (field.field === 1) node.inputs.push(text(field.payload))
        else if (field.field === 2) node.outputs.push(text(field.payload))
        else if (field.field === 4) node.op = text(field.payload)
      }
      nodes.push(node)
    } else if (part.field === graph.initializer && part.payload.byteLength < 512) {
      const scalar = readScalar(part.payload)
      if (scalar) scalars.set(scalar.name, scalar.value)
    } else if (part.field === graph.output) {
      for (const field of readFields(part.payload)) if (field.field === 1) outputs.add(text(field.payload))
    }
  }
  return { nodes, scalars, outputs }
}

/** Reads a float32 tensor with one value, stored as raw_data or float_data. */
function readScalar(tensor: Uint8Array): { name: string; value: number } | undefined {
  let name = ''
  let bytes: Uint8Array | undefined
  for (const field of readFields(tensor)) {
    if (field.field === 8) name = text(field.payload)
    else if (field.field === 9 || field.field === 4) bytes = field.payload
  }
  if (bytes?.byteLength !== 4) return undefined
  return { name, value: new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true) }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
