/**
 * The safetensors format: a 64-bit little-endian header length, a JSON header {name: {dtype, shape,
 * data_offsets}}, then the bytes. https://github.com/huggingface/safetensors#format
 */
export interface StoredTensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

const elementBytes: { readonly [dtype: string]: number } = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
}

/** Throws a RangeError about the bytes; the caller adds the file's name. */
export function readSafetensors(bytes: Uint8Array): Map<string, StoredTensor> {
  if (bytes.byteLength < 8) throw new RangeError(`has ${bytes.byteLength} bytes, too few for a header`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = Number(view.getBigUint64(0, true))
  if (headerLength > bytes.byteLength - 8)
    throw new RangeError(
      `is truncated: its header should have ${headerLength} bytes, the file has ${bytes.byteLength}`,
    )
  const header = parseHeader(bytes.subarray(8, 8 + headerLength))
  const data = bytes.subarray(8 + headerLength)
  const tensors = new Map<string, StoredTensor>()
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const { dtype, shape, data_offsets: offsets } = entry
    const size = elementBytes[dtype]
    if (size === undefined) throw new RangeError(`has ${name} as ${dtype}, which is not supported`)
    const [start, end] = offsets
    const expected = shape.reduce((product, side) => product * side, size)
    if (end - start !== expected)
      throw new RangeError(`has ${end - start} bytes for ${name}, but its shape needs ${expected}`)
    if (start < 0 || end > data.byteLength)
      throw new RangeError(`is truncated: ${name} ends at byte ${end} of ${data.byteLength}`)
    tensors.set(name, { dtype, shape, bytes: data.subarray(start, end) })
  }
  return tensors
}

type Header = { [name: string]: { dtype: string; shape: number[]; data_offsets: [number, number] } }

function parseHeader(bytes: Uint8Array): Header {
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes)) as Header
    for (const [name, entry] of Object.entries(header)) {
      if (name === '__metadata__') continue
      const whole = [...entry.shape, ...entry.data_offsets]
      if (whole.length < 2 || whole.some((value) => !Number.isSafeInteger(value) || value < 0))
        throw new RangeError()
    }
    return header
  } catch {
    throw new RangeError('has an unreadable header')
  }
}
