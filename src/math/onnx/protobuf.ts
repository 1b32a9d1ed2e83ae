/**
 * Writes the part of the protobuf wire format (https://protobuf.dev/programming-guides/encoding/) that ONNX
 * needs. Fields are written in the order of the calls, so equal calls produce equal bytes.
 */
export class ProtobufWriter {
  private readonly pieces: Uint8Array[] = []
  private length = 0

  integer(field: number, value: number): this {
    this.tag(field, 0)
    this.varint(BigInt(value))
    return this
  }

  float(field: number, value: number): this {
    this.tag(field, 5)
    this.push(new Uint8Array(new Float32Array([value]).buffer))
    return this
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'))
  }

  bytes(field: number, value: Uint8Array): this {
    this.tag(field, 2)
    this.varint(BigInt(value.byteLength))
    this.push(value)
    return this
  }

  message(field: number, write: (writer: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter()
    write(inner)
    this.tag(field, 2)
    this.varint(BigInt(inner.length))
    for (const piece of inner.pieces) this.push(piece)
    return this
  }

  /** Adds encoded fields, including their tags. */
  raw(fields: Uint8Array): this {
    this.push(fields)
    return this
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.length)
    let at = 0
    for (const piece of this.pieces) {
      out.set(piece, at)
      at += piece.byteLength
    }
    return out
  }

  private tag(field: number, wire: number): void {
    this.varint(BigInt(field * 8 + wire))
  }

  private varint(value: bigint): void {
    const out: number[] = []
    let rest = BigInt.asUintN(64, value)
    while (rest > 127n) {
      out.push(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    out.push(Number(rest))
    this.push(Uint8Array.from(out))
  }

  private push(piece: Uint8Array): void {
    this.pieces.push(piece)
    this.length += piece.byteLength
  }
}

/** One field of an encoded message: `payload` of length-delimited fields, `whole` with the tag. */
export interface ProtobufField {
  readonly field: number
  readonly wire: number
  readonly payload: Uint8Array
  readonly whole: Uint8Array
}

/**
 * Splits a message into its fields without interpreting them. Throws `RangeError` if the bytes are not
 * protobuf.
 */
export function* readFields(message: Uint8Array): Generator<ProtobufField> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) break
      // Only negative int64 values are beyond 2^53, and they are not used here.
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw new RangeError('a varint runs past the end')
  }
  while (at < message.byteLength) {
    const start = at
    const tag = varint()
    const wire = tag % 8
    let from = at
    if (wire === 0) varint()
    else if (wire === 1) at += 8
    else if (wire === 5) at += 4
    else if (wire === 2) {
      const length = varint()
      from = at
      at += length
    } else throw new RangeError(`wire type ${wire} is unknown`)
    if (at > message.byteLength) throw new RangeError('a field runs past the end')
    yield {
      field: Math.floor(tag / 8),
      wire,
      payload: message.subarray(from, at),
      whole: message.subarray(start, at),
    }
  }
}
