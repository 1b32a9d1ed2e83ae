/** Writes tiny ONNX graphs by hand (protobuf wire format), so that tests need no model files. */
export interface GraphParts {
  inputs: { name: string; type: keyof typeof elementType; dims: (number | string)[] }[]
  outputs: { name: string; type: keyof typeof elementType; dims: (number | string)[] }[]
  initializers?: {
    name: string
    type: keyof typeof elementType
    dims: number[]
    data: Float32Array | BigInt64Array | Uint16Array
  }[]
  nodes: {
    op: string
    inputs: string[]
    outputs: string[]
    attributes?: { [name: string]: number | number[] }
  }[]
}

const elementType = { float32: 1, int32: 6, int64: 7, float16: 10 } as const

export function onnxGraph(parts: GraphParts): Uint8Array {
  const graph = message(
    ...parts.nodes.map((node) =>
      field(
        1,
        message(
          ...node.inputs.map((name) => text(1, name)),
          ...node.outputs.map((name) => text(2, name)),
          text(4, node.op),
          ...Object.entries(node.attributes ?? {}).map(([name, value]) => field(5, attribute(name, value))),
        ),
      ),
    ),
    text(2, 'test'),
    ...(parts.initializers ?? []).map((tensor) =>
      field(
        5,
        message(
          ...tensor.dims.map((size) => integer(1, size)),
          integer(2, elementType[tensor.type]),
          text(8, tensor.name),
          field(9, new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)),
        ),
      ),
    ),
    ...parts.inputs.map((value) => field(11, valueInfo(value))),
    ...parts.outputs.map((value) => field(12, valueInfo(value))),
  )
  return message(integer(1, 8), field(7, graph), field(8, message(integer(2, 17))))
}

function attribute(name: string, value: number | number[]): Uint8Array {
  if (Array.isArray(value))
    return message(text(1, name), ...value.map((item) => integer(8, item)), integer(20, 7))
  return message(text(1, name), integer(3, value), integer(20, 2))
}

function valueInfo(value: GraphParts['inputs'][number]): Uint8Array {
  const shape = message(
    ...value.dims.map((size) =>
      field(1, typeof size === 'number' ? message(integer(1, size)) : message(text(2, size))),
    ),
  )
  return message(
    text(1, value.name),
    field(2, message(field(1, message(integer(1, elementType[value.type]), field(2, shape))))),
  )
}

function message(...fields: Uint8Array[]): Uint8Array {
  return Buffer.concat(fields)
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes])
}

function text(number: number, value: string): Uint8Array {
  return field(number, Buffer.from(value))
}

function integer(number: number, value: number): Uint8Array {
  return Buffer.concat([varint(number << 3), varint(value)])
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Uint8Array.from(bytes)
}
